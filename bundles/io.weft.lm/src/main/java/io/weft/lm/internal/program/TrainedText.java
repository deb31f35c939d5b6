package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Methods of a model of which every weight is trained: {@code p} holds fp32 weights by canonical name, {@code w} the angles. */
final class TrainedText {

    private final Architecture architecture;
    private final List<String> names;
    private final ModelText program;

    TrainedText(Architecture architecture, List<String> names, ModelText program) {
        this.architecture = architecture;
        this.names = names;
        this.program = program;
    }

    void append() {
        String forward = forward();
        String backward = backward();
        String embedding = at("p", Architecture.EMBEDDING);
        String head = architecture.tied() ? Architecture.EMBEDDING : Architecture.HEAD;
        program.line(
                "def step(ids: Tensor, labels: Tensor, lengths: List[int], scale: float, fresh: bool, w: List[Tensor],"
                        + " p: List[Tensor], g: List[Tensor], masks: List[Tensor]) -> Tensor:");
        embed(embedding);
        for (int layer = 0; layer < architecture.layers(); layer++) {
            program.line("  x = self.%s(x, angles, frames, places, %s, saved)".formatted(forward, tensors("p", layer)));
        }
        program.line("  loss = torch.zeros([1])");
        program.line("  dx = self.trained_head_step(x, labels, %s, %s, %s, %s, scale, fresh, loss)"
                .formatted(at("p", Architecture.NORM), at("p", head), at("g", Architecture.NORM), at("g", head)));
        for (int layer = architecture.layers() - 1; layer >= 0; layer--) {
            program.line("  self.%s(dx, angles, frames, places, %s, %s, saved, fresh)"
                    .formatted(backward, tensors("p", layer), tensors("g", layer)));
        }
        if (!architecture.tied()) {
            program.line("  if fresh:");
            program.line("    torch.zero_(%s)".formatted(at("g", Architecture.EMBEDDING)));
            program.line("  else:");
            program.line("    pass");
        }
        program.line("  torch.index_add_(%s, 0, ids, dx)".formatted(at("g", Architecture.EMBEDDING)));
        program.line("  return loss");
        program.line("def states(ids: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        embed(embedding);
        for (int layer = 0; layer < architecture.layers(); layer++) {
            program.line("  x = self.%s(x, angles, frames, places, %s, saved)".formatted(forward, tensors("p", layer)));
            program.line("  saved.clear()");
        }
        program.line("  return x");
        program.line(
                "def measure(ids: Tensor, labels: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        program.line("  return self.head_measure(self.states(ids, lengths, w, p), labels, %s, %s)"
                .formatted(at("p", Architecture.NORM), at("p", head)));
    }

    private void embed(String embedding) {
        program.line("  frames = self.frames(lengths)");
        program.line("  places = self.places(lengths, frames)");
        program.line("  angles = self.angles(w[0], lengths, 0)");
        program.line("  saved = annotate(List[Tensor], [])");
        program.line("  x = torch.index_select(%s, 0, ids)".formatted(embedding));
    }

    private String at(String list, String name) {
        return list + "[" + names.indexOf(name) + "]";
    }

    private List<String> layerNames(int layer) {
        String prefix = Architecture.layer(layer);
        List<String> own = new ArrayList<>();
        for (String name : names) {
            if (name.startsWith(prefix)) {
                own.add(name);
            }
        }
        return own;
    }

    private String tensors(String list, int layer) {
        return layerNames(layer).stream().map(name -> at(list, name)).collect(Collectors.joining(", ", "[", "]"));
    }

    /** A tensor in the list of its layer; all layers' lists are alike. */
    private String own(String list, String nameInFirstLayer) {
        return list + "[" + layerNames(0).indexOf(nameInFirstLayer) + "]";
    }

    private String weights(String list, Group group) {
        List<String> weights = new ArrayList<>();
        for (int member = 0; member < group.members().size(); member++) {
            weights.add(own(list, Architecture.weight(0, group, member)));
        }
        return weights.stream().collect(Collectors.joining(", ", "[", "]"));
    }

    private String forward() {
        StringBuilder body = new StringBuilder();
        add(body, "h = self.norm_forward(x, %s, saved)".formatted(own("p", Architecture.norm(0, Group.QKV))));
        product(body, Group.QKV, "qkv", "h");
        add(body, "o = self.attention_forward(qkv, angles, frames, places, saved)");
        product(body, Group.OUTPUT, "y", "o");
        add(body, "x = torch.add(x, y)");
        add(body, "h = self.norm_forward(x, %s, saved)".formatted(own("p", Architecture.norm(0, Group.GATED))));
        product(body, Group.GATED, "gu", "h");
        add(body, "a = self.gated_forward(gu, saved)");
        product(body, Group.DOWN, "y", "a");
        add(body, "return torch.add(x, y)");
        return program.method(
                "layer_forward",
                "def *(x: Tensor, angles: Tensor, frames: List[int], places: List[Tensor], p: List[Tensor], saved: List[Tensor]) -> Tensor:",
                body.toString());
    }

    private void product(StringBuilder body, Group group, String out, String in) {
        add(body, "%s = self.trained_linear_forward(%s, %s, saved)".formatted(out, in, weights("p", group)));
        if (architecture.bias(group)) {
            int column = 0;
            for (int member = 0; member < group.members().size(); member++) {
                add(
                        body,
                        "self.trained_bias_forward(%s, %s, %d)"
                                .formatted(out, own("p", Architecture.bias(0, group, member)), column));
                column += architecture.outputs(group, member);
            }
        }
    }

    private String backward() {
        StringBuilder body = new StringBuilder();
        add(body, "d = self.compute(dx)");
        gradient(body, Group.DOWN, "d", "da");
        add(body, "dgu = self.gated_backward(da, saved)");
        gradient(body, Group.GATED, "dgu", "dh");
        norm(body, Group.GATED);
        add(body, "d = self.compute(dx)");
        gradient(body, Group.OUTPUT, "d", "do");
        add(body, "dqkv = self.attention_backward(do, angles, frames, places, saved)");
        gradient(body, Group.QKV, "dqkv", "dh");
        norm(body, Group.QKV);
        add(body, "return dx");
        return program.method(
                "layer_backward",
                "def *(dx: Tensor, angles: Tensor, frames: List[int], places: List[Tensor], p: List[Tensor], g: List[Tensor], saved: List[Tensor],"
                        + " fresh: bool) -> Tensor:",
                body.toString());
    }

    private void gradient(StringBuilder body, Group group, String out, String in) {
        if (architecture.bias(group)) {
            int column = 0;
            for (int member = 0; member < group.members().size(); member++) {
                String name = Architecture.bias(0, group, member);
                add(
                        body,
                        "self.trained_bias_backward(%s, %s, %d, %s, fresh)"
                                .formatted(out, own("p", name), column, own("g", name)));
                column += architecture.outputs(group, member);
            }
        }
        add(
                body,
                "%s = self.trained_linear_backward(%s, %s, saved, %s, fresh)"
                        .formatted(in, out, weights("p", group), weights("g", group)));
    }

    private void norm(StringBuilder body, Group group) {
        String name = Architecture.norm(0, group);
        add(body, "self.trained_norm_backward(dx, dh, %s, saved, %s, fresh)".formatted(own("p", name), own("g", name)));
    }

    private static void add(StringBuilder body, String line) {
        body.append("  ").append(line).append('\n');
    }
}
