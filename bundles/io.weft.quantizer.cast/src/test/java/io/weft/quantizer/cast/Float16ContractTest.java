package io.weft.quantizer.cast;

import io.weft.api.exchange.Quantizer;
import io.weft.api.testing.QuantizerContract;

class Float16ContractTest implements QuantizerContract {

    @Override
    public Quantizer quantizer() {
        return new Float16();
    }

    @Override
    public double mostLost() {
        return 0.025;
    }
}
