package io.weft.strategy.lora.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.lm.tuning.Folding;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import io.weft.lm.tuning.Tuning;
import io.weft.lm.tuning.TuningStrategy;
import java.lang.annotation.Annotation;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Low-rank adapters (Hu et al. 2021, https://arxiv.org/abs/2106.09685), in the format of PEFT. */
@Component(property = Plugin.NAME + "=lora")
public final class LoraStrategy implements TuningStrategy {

    @Override
    public Class<? extends Annotation> options() {
        return LoraOptions.class;
    }

    @Override
    public Tuning plan(ModelPlan base, JobContext job) {
        LoraOptions options = job.options(LoraOptions.class);
        List<String> targets = List.of(options.targets());
        List<LinearLayer> layers = Targets.matching(base, targets);
        List<String> whole = List.of(options.modulesToSave());
        AdapterConfig config = new AdapterConfig(
                options.rank(),
                options.alpha(),
                options.dropout(),
                options.rslora(),
                PatternNumbers.of("strategy.rankPattern", options.rankPattern(), 1, true, layers),
                PatternNumbers.of("strategy.alphaPattern", options.alphaPattern(), 0, false, layers),
                Targets.kinds(layers),
                whole,
                base.location());
        return LoraTuning.starting(
                base,
                layers.stream().map(config::adapter).toList(),
                SavedModules.matching(base, whole, layers),
                config,
                job.sharedRandom("lora"));
    }

    @Override
    public boolean recognises(Manifest adapter) {
        return AdapterFiles.recognises(adapter);
    }

    @Override
    public Tuning plan(ModelPlan base, Manifest adapter) {
        return AdapterFiles.read(base, adapter);
    }

    @Override
    public Folding folding(Manifest base, TensorReader adapter) {
        return AdapterFiles.folding(base, adapter);
    }
}
