package io.weft.job.form;

import io.weft.api.plugin.Nearest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What keys are called elsewhere: in Transformers' TrainingArguments, TRL's SFTConfig and PEFT's LoraConfig. */
final class OtherNames {

    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("learning_rate", "lr"),
            Map.entry("optim", "optimizer"),
            Map.entry("lr_scheduler_type", "schedule"),
            Map.entry("warmup_ratio", "warmup"),
            Map.entry("warmup_steps", "warmup"),
            Map.entry("max_grad_norm", "clip"),
            Map.entry("batch_size", "batch"),
            Map.entry("train_batch_size", "batch"),
            Map.entry("per_device_train_batch_size", "batch"),
            Map.entry("gradient_accumulation_steps", "accumulate"),
            Map.entry("num_epochs", "epochs"),
            Map.entry("num_train_epochs", "epochs"),
            Map.entry("max_steps", "steps"),
            Map.entry("max_seq_length", "maxLength"),
            Map.entry("lora_r", "rank"),
            Map.entry("r", "rank"),
            Map.entry("lora_alpha", "alpha"),
            Map.entry("lora_dropout", "dropout"),
            Map.entry("target_modules", "targets"));

    /** Those whose place is another section than one would look in. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "weight_decay", "train.optimizer.weightDecay",
            "max_length", "data.maxLength",
            "max_seq_length", "data.maxLength");

    private OtherNames() {}

    /** The end of a message about an unknown key: what was meant, when that can be told; see {@link Nearest#hint}. */
    static String hint(String path, String found, List<String> known) {
        Optional<String> ours = Optional.ofNullable(OURS.get(found)).filter(known::contains);
        if (ours.isPresent()) {
            return "; did you mean '" + ours.get() + "'?";
        }
        String nearest = Nearest.hint(found, known);
        return nearest.isEmpty() && path.equals("train") && ELSEWHERE.containsKey(found)
                ? "; did you mean '" + ELSEWHERE.get(found) + "'?"
                : nearest;
    }
}
