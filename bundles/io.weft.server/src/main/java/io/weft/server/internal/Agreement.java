package io.weft.server.internal;

import io.weft.exchange.Message;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares the sites' manifests: names, types, shapes and traits of what is exchanged, and the base that it belongs to. */
final class Agreement {

    private Agreement() {}

    /** How a site's base differs from the one that the job names. */
    static Optional<String> differenceToJob(Optional<String> digest, Message.WireManifest manifest) {
        return digest.filter(expected -> !manifest.baseDigest().equals(expected))
                .map(expected -> "has a base with digest " + manifest.baseDigest() + ", the job's model.digest is "
                        + expected + "; give the site the job's base");
    }

    /** How the bases of two sites differ. */
    static Optional<String> differenceOfBases(
            String first, Message.WireManifest agreed, String site, Message.WireManifest manifest) {
        return manifest.baseDigest().equals(agreed.baseDigest())
                ? Optional.empty()
                : Optional.of("the sites have different bases: digest " + agreed.baseDigest() + " at site '" + first
                        + "', " + manifest.baseDigest() + " at site '" + site + "'; give both the same files");
    }

    /** The first difference between what two sites would exchange. */
    static Optional<String> differenceOfTensors(
            String first, Message.WireManifest agreed, String site, Message.WireManifest manifest) {
        return difference(agreed, manifest)
                .map(difference -> "the sites do not agree on what is exchanged: " + difference.what() + " is "
                        + difference.here() + " at site '" + first + "' and " + difference.there() + " at site '" + site
                        + "'");
    }

    private record Difference(String what, String here, String there) {}

    private static Optional<Difference> difference(Message.WireManifest agreed, Message.WireManifest manifest) {
        if (!manifest.layout().equals(agreed.layout())) {
            return Optional.of(new Difference("the result's layout", agreed.layout(), manifest.layout()));
        }
        Map<String, Message.WireTensor> here = byName(agreed);
        Map<String, Message.WireTensor> there = byName(manifest);
        for (String name : new TreeSet<>(here.keySet())) {
            Message.WireTensor other = there.get(name);
            if (!here.get(name).equals(other)) {
                return Optional.of(new Difference(
                        "tensor '" + name + "'", describe(here.get(name)), other == null ? "absent" : describe(other)));
            }
        }
        for (String name : new TreeSet<>(there.keySet())) {
            if (!here.containsKey(name)) {
                return Optional.of(new Difference("tensor '" + name + "'", "absent", describe(there.get(name))));
            }
        }
        return Optional.empty(); // in whatever order each lists them
    }

    private static Map<String, Message.WireTensor> byName(Message.WireManifest manifest) {
        Map<String, Message.WireTensor> tensors = new TreeMap<>();
        manifest.tensors()
                .forEach(tensor -> tensors.put(
                        tensor.section().equals("model") ? tensor.name() : tensor.section() + ":" + tensor.name(),
                        tensor));
        return tensors;
    }

    private static String describe(Message.WireTensor tensor) {
        return tensor.type() + " " + tensor.shape()
                + (tensor.traits().isEmpty() ? "" : " " + new TreeMap<>(tensor.traits()));
    }
}
