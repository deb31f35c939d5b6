package io.weft.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.List;

/**
 * A TorchScript program made from text: methods over tensors that run natively, without Java handles for what they compute.
 *
 * <p>The text holds method definitions at the left margin, written without {@code self} as parameter
 * ({@code def twice(x: Tensor) -> Tensor:}); they call each other as {@code self.twice(x)}, and ATen's operations as {@code
 * torch.add(x, y)}. Calls run without gradients, but for what a program puts between {@code torch.set_grad_enabled(True)} and {@code
 * torch.set_grad_enabled(False)}; the receivers of results are tensors that the caller's manager frees.
 *
 * <p>Arguments are {@link NDArray} (Tensor), a list or array of them (List[Tensor]), {@link Tensors} (a list that is converted
 * once), {@code Integer} and {@code Long} (int), {@code Double} (float), {@code Boolean} (bool) and {@code long[]} (List[int]).
 * One program may be called by several threads at a time.
 */
public final class Program implements AutoCloseable {

    /** In a program's text: it takes gradients by autograd itself, and is called so that it can. */
    private static final String AUTOGRAD = "torch.set_grad_enabled(True)";

    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final boolean autograd;

    private Program(PtNDManager manager, PtSymbolBlock module, boolean autograd) {
        this.manager = manager;
        this.module = module;
        this.autograd = autograd;
    }

    /**
     * Compiles a program.
     *
     * @throws ai.djl.engine.EngineException when the text is not TorchScript; the message shows where
     */
    public static Program compile(Engine engine, String text) {
        PtNDManager manager = (PtNDManager) engine.newBaseManager();
        try {
            return new Program(manager, ScriptArchive.load(manager, text), text.contains(AUTOGRAD));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** Calls a method that returns nothing of interest. */
    public void run(String method, Object... arguments) {
        call(method, arguments).close();
    }

    /** Calls a method that returns one tensor. */
    public NDArray tensor(NDManager owner, String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toTensor((PtNDManager) owner);
        }
    }

    /** Calls a method that returns List[Tensor]. */
    public NDList tensors(NDManager owner, String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return new NDList(result.toTensorArray((PtNDManager) owner));
        }
    }

    /** A list of tensors as an argument that is used again and again; the caller closes it. */
    public static Tensors list(List<? extends NDArray> tensors) {
        return new Tensors(IValue.listFrom(tensors.toArray(PtNDArray[]::new)));
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }

    private IValue call(String method, Object... arguments) {
        // Both are settings of the calling thread. Without the optimizer no shape is ever specialised and recompiled.
        JniUtils.setGradMode(false);
        JniUtils.setGraphExecutorOptimize(false);
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = value(arguments[i]);
            }
            return autograd ? AutogradCall.run(module, method, values) : IValueUtils.runMethod(module, method, values);
        } finally {
            for (int i = 0; i < arguments.length; i++) {
                if (values[i] != null && !(arguments[i] instanceof Tensors)) {
                    values[i].close();
                }
            }
        }
    }

    private static IValue value(Object argument) {
        if (argument instanceof Tensors tensors) {
            return tensors.value;
        }
        if (argument instanceof NDArray tensor) {
            return IValue.from((PtNDArray) tensor);
        }
        if (argument instanceof List<?> tensors) {
            return IValue.listFrom(tensors.toArray(PtNDArray[]::new));
        }
        if (argument instanceof NDArray[] tensors) {
            return IValue.listFrom(Arrays.copyOf(tensors, tensors.length, PtNDArray[].class));
        }
        if (argument instanceof long[] numbers) {
            return IValue.listFrom(numbers);
        }
        if (argument instanceof Integer number) {
            return IValue.from(number.longValue());
        }
        if (argument instanceof Long number) {
            return IValue.from(number.longValue());
        }
        if (argument instanceof Double number) {
            return IValue.from(number.doubleValue());
        }
        if (argument instanceof Boolean flag) {
            return IValue.from(flag.booleanValue());
        }
        throw new IllegalArgumentException("no TorchScript value is made of " + argument);
    }

    /** A list of tensors that was made an argument once. */
    public static final class Tensors implements AutoCloseable {

        private final IValue value;

        private Tensors(IValue value) {
            this.value = value;
        }

        @Override
        public void close() {
            value.close();
        }
    }
}
