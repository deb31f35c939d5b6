package io.weft.distribution.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.Location;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which bundle a class is of, and which bundles a bundle may know. */
final class Bundles {

    /** Of a jar ({@code …/io.weft.api-0.1.0.jar!/…}) or of a module that is not packed yet ({@code …/io.weft.api/target/classes/…}). */
    private static final Pattern BUNDLE =
            Pattern.compile("/(io\\.weft\\.[a-z.]+[a-z])(-[0-9][^/]*\\.jar!|/target/classes)/");

    /** In an order in which every bundle knows only bundles above it. */
    static final Map<String, List<String>> MAY_KNOW = new LinkedHashMap<>();

    static {
        bundle("io.weft.api");
        bundle("io.weft.api.testing", "io.weft.api");
        bundle("io.weft.launch");
        bundle("io.weft.tensor", "io.weft.api");
        bundle("io.weft.job", "io.weft.api");
        bundle("io.weft.identity", "io.weft.api", "io.weft.tensor", "io.weft.job");
        bundle("io.weft.models", "io.weft.api", "io.weft.tensor", "io.weft.job");
        bundle("io.weft.plugins", "io.weft.api", "io.weft.tensor", "io.weft.job");
        bundle("io.weft.exchange", "io.weft.api", "io.weft.tensor");
        bundle("io.weft.djl");
        bundle("io.weft.lm", "io.weft.api", "io.weft.tensor", "io.weft.djl");
        bundle("io.weft.strategy.lora", "io.weft.api", "io.weft.tensor", "io.weft.djl", "io.weft.lm");
        bundle("io.weft.strategy.sft", "io.weft.api", "io.weft.tensor", "io.weft.djl", "io.weft.lm");
        bundle("io.weft.aggregator.fedavg", "io.weft.api");
        bundle("io.weft.quantizer.cast", "io.weft.api", "io.weft.tensor");
        bundle("io.weft.quantizer.bitsandbytes", "io.weft.api");
        bundle("io.weft.quantizer.lossless", "io.weft.api");
        bundle("io.weft.privacy", "io.weft.api");
        bundle("io.weft.transport.local", "io.weft.api");
        bundle("io.weft.transport.mina", "io.weft.api");
        bundle("io.weft.tracking", "io.weft.api");
        bundle("io.weft.tracking.mlflow", "io.weft.api");
        bundle("io.weft.weights", "io.weft.api", "io.weft.tensor");
        bundle("io.weft.client", "io.weft.api", "io.weft.tensor");
        bundle("io.weft.hf.python", "io.weft.client");
        bundle("io.weft.hf", "io.weft.api", "io.weft.tensor", "io.weft.lm");
        bundle("io.weft.server", "io.weft.api", "io.weft.tensor", "io.weft.job", "io.weft.plugins", "io.weft.exchange");
        bundle(
                "io.weft.site",
                "io.weft.api",
                "io.weft.tensor",
                "io.weft.job",
                "io.weft.models",
                "io.weft.identity",
                "io.weft.plugins",
                "io.weft.exchange");
        bundle(
                "io.weft.server.daemon",
                "io.weft.api",
                "io.weft.launch",
                "io.weft.tensor",
                "io.weft.job",
                "io.weft.models",
                "io.weft.identity",
                "io.weft.plugins",
                "io.weft.exchange",
                "io.weft.server");
        bundle(
                "io.weft.server.status",
                "io.weft.api",
                "io.weft.launch",
                "io.weft.job",
                "io.weft.identity",
                "io.weft.exchange",
                "io.weft.server.daemon");
        bundle(
                "io.weft.site.daemon",
                "io.weft.api",
                "io.weft.launch",
                "io.weft.tensor",
                "io.weft.job",
                "io.weft.models",
                "io.weft.identity",
                "io.weft.plugins",
                "io.weft.exchange",
                "io.weft.site");
        bundle(
                "io.weft.simulate",
                "io.weft.api",
                "io.weft.tensor",
                "io.weft.job",
                "io.weft.models",
                "io.weft.plugins",
                "io.weft.exchange",
                "io.weft.server",
                "io.weft.site");
        bundle(
                "io.weft.shell",
                "io.weft.api",
                "io.weft.launch",
                "io.weft.tensor",
                "io.weft.job",
                "io.weft.models",
                "io.weft.identity",
                "io.weft.plugins",
                "io.weft.exchange",
                "io.weft.lm",
                "io.weft.server",
                "io.weft.site",
                "io.weft.simulate");
    }

    private Bundles() {}

    private static void bundle(String name, String... known) {
        MAY_KNOW.put(name, List.of(known));
    }

    static boolean isOfABundle(Location location) {
        return BUNDLE.matcher(location.asURI().toString()).find();
    }

    /** The bundle of a class, or the name of the class itself when it is of none, as a test's. */
    static String of(JavaClass type) {
        URI source = type.getSource()
                .orElseThrow(() -> new AssertionError(type + " has no source"))
                .getUri();
        Matcher matcher = BUNDLE.matcher(source.toString());
        return matcher.find() ? matcher.group(1) : type.getName();
    }
}
