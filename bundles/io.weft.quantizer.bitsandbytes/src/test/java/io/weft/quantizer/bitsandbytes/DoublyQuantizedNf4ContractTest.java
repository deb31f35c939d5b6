package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Quantizer;
import io.weft.api.testing.QuantizerContract;
import java.util.Map;

class DoublyQuantizedNf4ContractTest implements QuantizerContract {

    @Override
    public Quantizer quantizer() {
        return new Nf4();
    }

    @Override
    public double mostLost() {
        return 0.095;
    }

    @Override
    public Map<String, Object> options() {
        return Map.of("doubleQuantization", true);
    }
}
