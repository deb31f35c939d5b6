import io.weft.client.FLModel;
import io.weft.client.SummaryWriter;
import io.weft.client.Tensor;
import io.weft.client.Weft;
import java.util.LinkedHashMap;
import java.util.Map;

/** A program as a user writes it, run from its source with nothing but the Client API on its class path. */
class AddOne {

    public static void main(String[] arguments) {
        Weft.init();
        SummaryWriter writer = new SummaryWriter();
        while (Weft.isRunning()) {
            FLModel received = Weft.receive();
            System.out.println(Weft.siteName() + " " + Weft.taskName().orElseThrow() + " " + received.currentRound() + " of "
                    + received.totalRounds());
            if (arguments.length > 0 && arguments[0].equals("fail")) {
                throw new IllegalStateException("no records");
            }
            if (Weft.isEvaluate()) {
                Weft.send(FLModel.ofMetrics(Map.of("loss", (double) received.params().get("w").floats()[0])));
                continue;
            }
            Map<String, Tensor> params = new LinkedHashMap<>();
            received.params().forEach((name, tensor) -> params.put(name, plusOne(tensor)));
            writer.addScalar("half", 0.5, 1);
            FLModel answer = FLModel.of(params).metric("loss", 0.25).steps(7).samples(8).tokens(9);
            Weft.send(arguments.length > 0 && arguments[0].equals("difference") ? difference(answer) : answer);
        }
        System.out.println("over");
    }

    private static Tensor plusOne(Tensor tensor) {
        float[] values = tensor.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] += 1;
        }
        return Tensor.of(values, tensor.shape());
    }

    private static FLModel difference(FLModel answer) {
        Map<String, Tensor> ones = new LinkedHashMap<>();
        answer.params().forEach((name, tensor) -> ones.put(name, plusOne(Tensor.of(new float[(int) tensor.elements()], tensor.shape()))));
        return FLModel.of(ones).asDifference();
    }
}
