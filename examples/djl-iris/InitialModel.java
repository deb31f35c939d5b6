import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.weft.client.FLModel;
import io.weft.client.Tensor;
import java.nio.file.Path;

/** Writes initial.safetensors: the model that the federation begins with, drawn once. */
class InitialModel {

    public static void main(String[] arguments) throws Exception {
        Engine.getEngine("PyTorch").setRandomSeed(7);
        try (Model model = Model.newInstance("iris", "PyTorch")) {
            model.setBlock(new SequentialBlock()
                    .add(Linear.builder().setUnits(16).build())
                    .add(Activation::tanh)
                    .add(Linear.builder().setUnits(3).build()));
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 4));
            FLModel.of(
                            model.getBlock().getParameters().toMap(),
                            w -> Tensor.of(w.getArray().toFloatArray(), w.getArray().getShape().getShape()))
                    .save(Path.of("initial.safetensors"));
        }
    }
}
