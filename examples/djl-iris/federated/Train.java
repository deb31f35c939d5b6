import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.weft.client.*;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Learns to tell irises apart by the lengths and widths of their sepals and petals. */
class Train {

    static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");

    public static void main(String[] arguments) throws Exception {
        try (Model model = Model.newInstance("iris", "PyTorch")) {
            model.setBlock(new SequentialBlock()
                    .add(Linear.builder().setUnits(16).build())
                    .add(Activation::tanh)
                    .add(Linear.builder().setUnits(SPECIES.size()).build()));
            Optimizer optimizer = Optimizer.sgd()
                    .setLearningRateTracker(Tracker.fixed(0.1f))
                    .build();
            try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optOptimizer(optimizer)
                    .addEvaluator(new Accuracy())
                    .addTrainingListeners(TrainingListener.Defaults.basic()))) {
                trainer.initialize(new Shape(1, 4));
                ArrayDataset flowers = flowers(Path.of(arguments[0], "iris.csv"), model.getNDManager());
                ParameterList weights = model.getBlock().getParameters();

                Weft.init();
                while (Weft.isRunning()) {
                    Weft.receive().params().forEach((name, value) -> weights.get(name).getArray().set(value.floats()));
                    EasyTrain.fit(trainer, 10, flowers, null);
                    System.out.printf("accuracy %.2f%n", trainer.getTrainingResult().getTrainEvaluation("Accuracy"));
                    Weft.send(FLModel.of(weights.toMap(), w -> Tensor.of(w.getArray().toFloatArray(), w.getArray().getShape().getShape())));
                }
            }
        }
    }

    private static ArrayDataset flowers(Path file, NDManager manager) throws Exception {
        List<String[]> rows = Files.readAllLines(file).stream()
                .skip(1)
                .map(line -> line.split(","))
                .toList();
        float[][] sizes = new float[rows.size()][4];
        float[] species = new float[rows.size()];
        for (int row = 0; row < sizes.length; row++) {
            for (int column = 0; column < 4; column++) {
                sizes[row][column] = Float.parseFloat(rows.get(row)[column]);
            }
            species[row] = SPECIES.indexOf(rows.get(row)[4]);
        }
        ArrayDataset dataset = new ArrayDataset.Builder()
                .setData(manager.create(sizes))
                .optLabels(manager.create(species).reshape(-1, 1))
                .setSampling(8, false)
                .build();
        dataset.prepare();
        return dataset;
    }
}
