package io.weft.distribution.tests.process;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Plugins that say what they do. Each has a class {@code Second} that is not loaded before its second use: a bundle of one class
 * works on even where its jar was taken away under it.
 */
final class SwappedPlugins {

    private final Path installation;
    private final PluginTalk talk;
    private final Path work;

    SwappedPlugins(Path installation, PluginTalk talk, Path work) {
        this.installation = installation;
        this.talk = talk;
        this.work = work;
    }

    /** {@code conductor}: an aggregator that asks before each fold; from its second fold on {@code Second} folds. */
    PluginProject.Built aggregator() throws IOException {
        return PluginProject.of("conductor", installation, talk)
                .type("Conductor", """
                        import io.weft.api.aggregation.*;
                        import io.weft.api.plugin.*;
                        import org.osgi.framework.BundleContext;
                        import org.osgi.service.component.annotations.*;
                        @Component(immediate = true, property = Plugin.NAME + "=conductor")
                        public final class Conductor implements Aggregator {
                            private final String version;
                            private int folded;
                            @Activate public Conductor(BundleContext context) {
                                version = context.getBundle().getVersion().toString();
                                Talk.tell("conductor " + version + " is there");
                            }
                            @Override public Aggregation open(JobContext job) {
                                return round -> {
                                    Talk.ask("conductor " + version + " folds round " + round.number());
                                    if (++folded == 1) {
                                        round.elements((global, sites, weights, out, count) ->
                                            System.arraycopy(sites[0], 0, out, 0, count));
                                    } else {
                                        Second.fold(round, version);
                                    }
                                };
                            }
                        }
                        """)
                .type("Second", """
                        import io.weft.api.aggregation.Round;
                        final class Second {
                            static { Talk.tell("the conductor's second class is loaded"); }
                            static void fold(Round round, String version) throws java.io.IOException {
                                round.report("all", "version", Double.parseDouble(version.substring(0, 1)));
                                round.elements((global, sites, weights, out, count) ->
                                    System.arraycopy(sites[0], 0, out, 0, count));
                            }
                        }
                        """)
                .built(work);
    }

    /** {@code swapped}: LoRA; its first values come from {@code Second}, after a question. */
    PluginProject.Built strategy() throws IOException {
        return PluginProject.of("strategy", installation, talk)
                .embedding("io.weft.strategy.lora.internal")
                .type("Swapped", """
                        import io.weft.api.plugin.*;
                        import io.weft.api.tensor.*;
                        import io.weft.lm.tuning.*;
                        import io.weft.strategy.lora.internal.LoraStrategy;
                        import java.lang.annotation.Annotation;
                        import java.util.List;
                        import org.osgi.framework.BundleContext;
                        import org.osgi.service.component.annotations.*;
                        @Component(immediate = true, property = Plugin.NAME + "=swapped")
                        public final class Swapped implements TuningStrategy {
                            private final LoraStrategy lora = new LoraStrategy();
                            private final String version;
                            @Activate public Swapped(BundleContext context) {
                                version = context.getBundle().getVersion().toString();
                                Talk.tell("strategy " + version + " is there");
                            }
                            @Override public Class<? extends Annotation> options() { return lora.options(); }
                            @Override public Tuning plan(ModelPlan base, JobContext job) {
                                Tuning tuning = lora.plan(base, job);
                                return new Tuning() {
                                    private boolean asked;
                                    @Override public Manifest manifest() { return tuning.manifest(); }
                                    @Override public List<Overlay> overlays() { return tuning.overlays(); }
                                    @Override public void initial(TensorSpec tensor, float[] into) {
                                        if (!asked) {
                                            asked = true;
                                            Talk.ask("strategy " + version + " begins");
                                        }
                                        Second.fill(tuning, tensor, into);
                                    }
                                };
                            }
                        }
                        """)
                .type("Second", """
                        import io.weft.api.tensor.TensorSpec;
                        import io.weft.lm.tuning.Tuning;
                        final class Second {
                            static { Talk.tell("the strategy's second class is loaded"); }
                            static void fill(Tuning tuning, TensorSpec tensor, float[] into) { tuning.initial(tensor, into); }
                        }
                        """)
                .built(work);
    }

    /** {@code hf}: Hugging Face folders; the second time it asks, and {@code Second} opens. */
    PluginProject.Built format() throws IOException {
        return PluginProject.of("format", installation, talk)
                .embedding("io.weft.hf.internal")
                .type("Format", """
                        import io.weft.api.plugin.*;
                        import io.weft.api.tensor.*;
                        import io.weft.api.training.CheckpointFormat;
                        import io.weft.hf.internal.HuggingFaceFormat;
                        import java.io.IOException;
                        import java.nio.file.Path;
                        import org.osgi.framework.BundleContext;
                        import org.osgi.service.component.annotations.*;
                        @Component(immediate = true, property = Plugin.NAME + "=hf")
                        public final class Format implements CheckpointFormat {
                            private final HuggingFaceFormat folders = new HuggingFaceFormat();
                            private final String version;
                            private int opened;
                            @Activate public Format(BundleContext context) {
                                version = context.getBundle().getVersion().toString();
                                Talk.tell("hf " + version + " is there");
                            }
                            @Override public boolean recognises(Path path) { return folders.recognises(path); }
                            @Override public TensorReader open(Path path) throws IOException {
                                if (++opened == 1) {
                                    return folders.open(path);
                                }
                                Talk.ask("hf " + version + " opens again");
                                return Second.open(folders, path);
                            }
                            @Override public TensorWriter create(Path path, Manifest manifest) throws IOException {
                                return folders.create(path, manifest);
                            }
                        }
                        """)
                .type("Second", """
                        import io.weft.api.tensor.TensorReader;
                        import io.weft.hf.internal.HuggingFaceFormat;
                        final class Second {
                            static { Talk.tell("the format's second class is loaded"); }
                            static TensorReader open(HuggingFaceFormat folders, java.nio.file.Path path) throws java.io.IOException {
                                return folders.open(path);
                            }
                        }
                        """)
                .built(work);
    }

    /** {@code teller}: a tracker; in its second round it asks, and {@code Second} takes the values. */
    PluginProject.Built tracker() throws IOException {
        return PluginProject.of("teller", installation, talk)
                .type("Teller", """
                        import io.weft.api.plugin.*;
                        import io.weft.api.tracking.*;
                        import java.nio.file.Path;
                        import java.util.Optional;
                        import org.osgi.framework.BundleContext;
                        import org.osgi.service.component.annotations.*;
                        @Component(immediate = true, property = Plugin.NAME + "=teller")
                        public final class Teller implements Tracker {
                            private final String version;
                            private int opened;
                            @Activate public Teller(BundleContext context) {
                                version = context.getBundle().getVersion().toString();
                                Talk.tell("teller " + version + " is there");
                            }
                            @Override public Tracking open(JobContext job, Path folder) {
                                if (++opened == 1) {
                                    return new First(version);
                                }
                                Talk.ask("teller " + version + " opens again");
                                return new Second();
                            }
                        }
                        """)
                .type("First", """
                        import io.weft.api.tracking.Tracking;
                        import java.util.Optional;
                        final class First implements Tracking {
                            First(String version) { Talk.tell("teller " + version + " begins"); }
                            @Override public void scalar(Optional<String> site, String tag, long step, double value) {}
                            @Override public void close() {}
                        }
                        """)
                .type("Second", """
                        import io.weft.api.tracking.Tracking;
                        import java.util.Optional;
                        final class Second implements Tracking {
                            static { Talk.tell("the teller's second class is loaded"); }
                            @Override public void scalar(Optional<String> site, String tag, long step, double value) {}
                            @Override public void close() {}
                        }
                        """)
                .built(work);
    }

    /**
     * No plugin; it says when it goes. Removed after another jar, it tells that the runtime knows that the other one is gone, because
     * one look at the folder finds both gone, and nothing is uninstalled before everything that is gone drains.
     */
    PluginProject.Built canary() throws IOException {
        return PluginProject.of("canary", installation, talk)
                .type("Canary", """
                        import org.osgi.service.component.annotations.*;
                        @Component(immediate = true, service = Canary.class)
                        public final class Canary {
                            @Activate public Canary() { Talk.tell("the canary is there"); }
                            @Deactivate void gone() { Talk.tell("the canary is gone"); }
                        }
                        """)
                .built(work);
    }
}
