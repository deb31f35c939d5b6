package io.weft.lm.internal.program;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The element type of matrix products. Everything else is fp32. */
public enum Precision {
    FP32(6),
    BF16(15);

    private final int code;

    Precision(int code) {
        this.code = code;
    }

    /** PyTorch's number of the type. */
    public int code() {
        return code;
    }

    /**
     * The precision of {@code train.precision}: {@code auto} is bf16 where the processor multiplies it natively.
     *
     * @throws Refusal for another word, or for bf16 on a processor that lacks what it needs
     */
    public static Precision named(String name) {
        return switch (name) {
            case "auto" -> processorHas("avx512_bf16", "amx_bf16") ? BF16 : FP32;
            case "fp32" -> FP32;
            case "bf16" -> {
                if (!processorHas("avx512bw", "amx_bf16")) {
                    throw Refusal.of("train.precision", "bf16 needs a processor with AVX-512; use fp32 or auto here");
                }
                yield BF16;
            }
            default -> throw new Refusal("train.precision: '" + name + "' is not one of auto, fp32, bf16");
        };
    }

    /** The word that job files have for it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static boolean processorHas(String... flags) {
        Path processor = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(processor)) {
            return false;
        }
        try {
            String text = Files.readString(processor, StandardCharsets.ISO_8859_1);
            for (String flag : flags) {
                if (text.contains(" " + flag + " ")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
