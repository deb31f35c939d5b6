package io.weft.djl;

import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * Calls a method of a program so that it can switch gradients on. DJL's own call of any method but {@code forward} keeps autograd out of
 * the operations altogether; its native function can do both, but is not public.
 */
final class AutogradCall {

    private static final MethodHandle RUN = run();

    private AutogradCall() {}

    private static MethodHandle run() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(IValueUtils.class, MethodHandles.lookup());
            Class<?> library = lookup.findClass("ai.djl.pytorch.jni.PyTorchLibrary");
            MethodHandle method = lookup.findVirtual(
                    library,
                    "moduleRunMethod",
                    MethodType.methodType(
                            long.class, long.class, String.class, long[].class, boolean.class, boolean.class));
            MethodHandle result = lookup.findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
            Object instance = lookup.findStaticGetter(library, "LIB", library).invoke();
            return MethodHandles.filterReturnValue(method.bindTo(instance), result);
        } catch (Throwable e) {
            throw new IllegalStateException("this version of DJL calls its native library in another way", e);
        }
    }

    static IValue run(PtSymbolBlock module, String method, IValue... arguments) {
        long[] handles = Arrays.stream(arguments).mapToLong(IValue::getHandle).toArray();
        try {
            return (IValue) RUN.invoke((long) module.getHandle(), method, handles, true, false);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
