package io.weft.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;

/** Operations that PyTorch has and DJL does not expose; gradients flow through them when a {@link Tape} records. */
public final class Ops implements AutoCloseable {

    private static final String TEXT = """
            def silu(x: Tensor) -> Tensor:
              return torch.silu(x)
            def gelu_tanh(x: Tensor) -> Tensor:
              return torch.gelu(x, approximate="tanh")
            def rms_norm(x: Tensor, weight: Tensor, epsilon: Tensor) -> Tensor:
              return torch.rms_norm(x, [torch.size(x, -1)], weight, float(epsilon))
            def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
              return torch.cross_entropy_loss(logits, labels, None, 1, -100, 0.)
            def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
              return torch.scaled_dot_product_attention(q, k, v, None, 0., True)
            def masked_fill(x: Tensor, mask: Tensor, value: Tensor) -> Tensor:
              return torch.masked_fill(x, mask, value)
            """;

    private final PtNDManager manager;
    private final PtSymbolBlock module;

    public Ops(Engine engine) {
        manager = (PtNDManager) engine.newBaseManager();
        module = ScriptArchive.load(manager, TEXT);
    }

    /** {@code x · sigmoid(x)}. */
    public NDArray silu(NDArray x) {
        return call(x.getManager(), "silu", x);
    }

    /** The Gaussian error linear unit in its tanh approximation. */
    public NDArray geluTanh(NDArray x) {
        return call(x.getManager(), "gelu_tanh", x);
    }

    /** Root-mean-square norm over the last dimension, times {@code weight}. */
    public NDArray rmsNorm(NDArray x, NDArray weight, float epsilon) {
        try (NDArray e = x.getManager().create(epsilon)) {
            return call(x.getManager(), "rms_norm", x, weight, e);
        }
    }

    /** The mean of −log p(label) over the rows of (N, C) whose label is not −100. */
    public NDArray crossEntropy(NDArray logits, NDArray labels) {
        return call(logits.getManager(), "cross_entropy", logits, labels);
    }

    /** Causal scaled dot-product attention of (batch, heads, length, width) tensors. */
    public NDArray causalAttention(NDArray q, NDArray k, NDArray v) {
        return call(q.getManager(), "causal_attention", q, k, v);
    }

    /** {@code x} with {@code value} where {@code mask} is true. */
    public NDArray maskedFill(NDArray x, NDArray mask, float value) {
        try (NDArray v = x.getManager().create(value)) {
            return call(x.getManager(), "masked_fill", x, mask, v);
        }
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }

    private NDArray call(NDManager owner, String method, NDArray... arguments) {
        NDList inputs = new NDList(arguments);
        // The last, named array only selects the method.
        try (NDArray selector = owner.create(0f)) {
            selector.setName("module_method:" + method);
            inputs.add(selector);
            return IValueUtils.forward(module, inputs, true).singletonOrThrow();
        }
    }
}
