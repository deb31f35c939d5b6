"""The bound of tokens_per_second.py: how fast a training step were if it computed its matrix products and nothing else.

    peers/bin/python benchmarks/products_alone.py [--rows N]

The products of one step on SmolLM2-135M's shapes in bf16, as fast as the library of the peers and of Weft (oneDNN) computes them on
this machine: frozen weights packed in advance, other weights as they lie. lora: forward and gradient of the input; sft: the gradient
of the weights too. Attention, norms, softmax, loss, optimizer and all copies cost nothing here, so no trainer reaches these numbers.
"""

import argparse
import time

import torch

LAYERS, HIDDEN, INNER, WORDS, CHUNK = 30, 576, 1536, 49152, 128
SHAPES = [(960, HIDDEN), (HIDDEN, HIDDEN), (2 * INNER, HIDDEN), (HIDDEN, INNER)]


def packed(weight, rows):
    return torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)


def product(x, weight):
    return torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")


def random(*shape):
    return torch.randn(*shape).to(torch.bfloat16)


def lora(rows):
    """Packed weights, each once as it is and once transposed."""
    steps = []
    for _ in range(LAYERS):
        for outputs, inputs in SHAPES:
            weight = random(outputs, inputs)
            steps.append((random(rows, inputs), packed(weight, rows)))
            steps.append((random(rows, outputs), packed(weight.t(), rows)))
    head = random(WORDS, HIDDEN)
    forward, backward = packed(head, CHUNK), packed(head.t(), CHUNK)
    hidden, logits = random(CHUNK, HIDDEN), random(CHUNK, WORDS)

    def step():
        for x, weight in steps:
            product(x, weight)
        for _ in range(rows // CHUNK):
            product(hidden, forward)
            product(logits, backward)

    return step


def sft(rows):
    """Weights that change with every step are not packed; the gradient of the head's weight is one product of all rows."""
    steps = []
    for _ in range(LAYERS):
        for outputs, inputs in SHAPES:
            steps.append((random(rows, inputs), random(rows, outputs), random(outputs, inputs)))
    head, hidden, logits = random(WORDS, HIDDEN), random(rows, HIDDEN), random(rows, WORDS)

    def step():
        for x, dy, weight in steps:
            torch.nn.functional.linear(x, weight)
            torch.mm(dy, weight)
            torch.mm(dy.t(), x)
        for i in range(0, rows, CHUNK):
            torch.nn.functional.linear(hidden[i:i + CHUNK], head)
        torch.mm(logits, head)
        torch.mm(logits.t(), hidden)

    return step


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1024, help="tokens of a step")
    rows = arguments.parse_args().rows
    print("| case | products alone, tokens/s | GFLOP/s |")
    print("|---|---|---|")
    weights = LAYERS * sum(outputs * inputs for outputs, inputs in SHAPES) + WORDS * HIDDEN
    with torch.inference_mode():
        for name, make, passes in (("lora", lora, 2), ("sft", sft, 3)):
            step = make(rows)
            step()
            seconds = []
            for _ in range(10):
                start = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - start)
            mean = sum(seconds) / len(seconds)
            print(f"| {name} bf16 | {rows / mean:.0f} | {2 * passes * weights * rows / mean / 1e9:.0f} |", flush=True)


if __name__ == "__main__":
    main()
