package io.weft.quantizer.cast;

import io.weft.tensor.Halves;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The conversions between fp16 and fp32 that {@link Float} has from Java 20 on, which become one vector instruction for several values.
 * Handles that are constants are compiled as the methods themselves would be, and what is compiled for Java 17 can name them.
 */
final class JavaFloat16 {

    /** Whether the Java that runs has them; before, the handles lead to what we compute ourselves. */
    static final boolean PRESENT;

    private static final MethodHandle NARROWING;
    private static final MethodHandle WIDENING;

    private static final MethodType NARROWS = MethodType.methodType(short.class, float.class);
    private static final MethodType WIDENS = MethodType.methodType(float.class, short.class);

    static {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        MethodHandle narrowing;
        MethodHandle widening;
        boolean present;
        try {
            try {
                narrowing = lookup.findStatic(Float.class, "floatToFloat16", NARROWS);
                widening = lookup.findStatic(Float.class, "float16ToFloat", WIDENS);
                present = true;
            } catch (NoSuchMethodException beforeJava20) {
                narrowing = lookup.findStatic(Halves.class, "toFloat16", NARROWS);
                widening = lookup.findStatic(Halves.class, "fromFloat16", WIDENS);
                present = false;
            }
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        NARROWING = narrowing;
        WIDENING = widening;
        PRESENT = present;
    }

    private JavaFloat16() {}

    /** Narrows values between ±65504; others become infinite. */
    static void narrow(float[] from, int first, short[] into, int count) {
        for (int i = 0; i < count; i++) {
            into[i] = narrowed(from[first + i]);
        }
    }

    static void widen(short[] from, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = widened(from[i]);
        }
    }

    private static short narrowed(float value) {
        try {
            return (short) NARROWING.invokeExact(value);
        } catch (Throwable e) {
            throw new LinkageError("converting to fp16 never throws", e);
        }
    }

    private static float widened(short half) {
        try {
            return (float) WIDENING.invokeExact(half);
        } catch (Throwable e) {
            throw new LinkageError("converting from fp16 never throws", e);
        }
    }
}
