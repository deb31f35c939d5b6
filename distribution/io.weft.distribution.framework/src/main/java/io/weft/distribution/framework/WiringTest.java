package io.weft.distribution.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.exchange.Quantizer;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.Plugin;
import io.weft.api.tracking.Tracker;
import io.weft.api.training.CheckpointFormat;
import io.weft.api.training.Trainer;
import io.weft.api.transport.Transport;
import io.weft.api.workflow.Workflow;
import io.weft.launch.Command;
import io.weft.lm.tuning.TuningStrategy;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.test.junit5.service.ServiceExtension;

@ExtendWith({BundleContextExtension.class, ServiceExtension.class})
class WiringTest {

    @InjectBundleContext
    BundleContext context;

    @Test
    void everyBundleIsActive() {
        List<Bundle> idle = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getHeaders().get("Fragment-Host") == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .toList();

        assertEquals(List.of(), idle);
    }

    @Test
    void pluginsAreRegisteredUnderTheirNames() throws Exception {
        assertEquals(Set.of("fedavg"), names(Aggregator.class));
        assertEquals(Set.of("fedavg"), names(Workflow.class));
        assertEquals(Set.of("lm"), names(Trainer.class));
        assertEquals(Set.of("bf16", "fp16", "int8", "nf4", "fp4", "lossless"), names(Quantizer.class));
        assertEquals(Set.of("clip", "exclude"), names(UpdateFilter.class));
        assertEquals(Set.of("lora", "sft"), names(TuningStrategy.class));
        assertEquals(Set.of("hf"), names(CheckpointFormat.class));
        assertEquals(Set.of("local", "mina"), names(Transport.class));
        assertEquals(Set.of("mlflow", "tensorboard"), names(Tracker.class));
    }

    @Test
    void theRegistryOfPluginsFindsAKindThatItDoesNotKnow(@InjectService Plugins plugins) {
        assertTrue(
                plugins.services().stream()
                        .filter(service -> service.kind().equals("TuningStrategy"))
                        .map(PluginService::name)
                        .anyMatch("lora"::equals),
                plugins.services().toString());
    }

    @Test
    void thereIsOneCommand() throws Exception {
        assertEquals(1, context.getServiceReferences(Command.class, null).size());
    }

    private Set<String> names(Class<?> kind) throws Exception {
        return context.getServiceReferences(kind, null).stream()
                .map((ServiceReference<?> reference) -> (String) reference.getProperty(Plugin.NAME))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
