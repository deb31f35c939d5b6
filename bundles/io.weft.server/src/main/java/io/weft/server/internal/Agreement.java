package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Message;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Holds all sites to one manifest: names, types, shapes and traits of what is exchanged, and the base that it belongs to. */
final class Agreement {

    private Agreement() {}

    /**
     * The manifest of the first site by name, which all others share.
     *
     * @param digest the base's digest as the job names it
     * @throws Refusal with the first difference, and the sites that differ
     */
    static Message.WireManifest of(SortedMap<String, Message.WireManifest> bySite, Optional<String> digest) {
        String first = bySite.firstKey();
        Message.WireManifest agreed = bySite.get(first);
        digest.ifPresent(expected -> bySite.forEach((site, manifest) -> named(expected, site, manifest)));
        bySite.forEach((site, manifest) -> same(first, agreed, site, manifest));
        return agreed;
    }

    private static void named(String expected, String site, Message.WireManifest manifest) {
        if (!manifest.baseDigest().equals(expected)) {
            throw new Refusal("site '" + site + "' has a base with digest " + manifest.baseDigest()
                    + ", the job's model.digest is " + expected + "; give the site the job's base");
        }
    }

    private static void same(String first, Message.WireManifest agreed, String site, Message.WireManifest manifest) {
        if (!manifest.baseDigest().equals(agreed.baseDigest())) {
            throw new Refusal("the sites have different bases: digest " + agreed.baseDigest() + " at site '" + first
                    + "', " + manifest.baseDigest() + " at site '" + site + "'; give both the same files");
        }
        if (!manifest.layout().equals(agreed.layout())) {
            throw differing("the result's layout", first, agreed.layout(), site, manifest.layout());
        }
        Map<String, Message.WireTensor> here = byName(agreed);
        Map<String, Message.WireTensor> there = byName(manifest);
        here.forEach((name, tensor) -> {
            Message.WireTensor other = there.get(name);
            if (other == null) {
                throw differing("tensor '" + name + "'", first, describe(tensor), site, "absent");
            }
            if (!other.equals(tensor)) {
                throw differing("tensor '" + name + "'", first, describe(tensor), site, describe(other));
            }
        });
        there.forEach((name, tensor) -> {
            if (!here.containsKey(name)) {
                throw differing("tensor '" + name + "'", first, "absent", site, describe(tensor));
            }
        });
        if (!agreed.tensors().equals(manifest.tensors())) {
            throw differing("the order of the tensors", first, "one", site, "another");
        }
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

    private static Refusal differing(String what, String first, String here, String site, String there) {
        return new Refusal("the sites do not agree on what is exchanged: " + what + " is " + here + " at site '" + first
                + "' and " + there + " at site '" + site + "'; run the same strategy on the same base at all sites");
    }
}
