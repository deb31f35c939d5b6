package io.weft.quantizer.lossless;

import io.weft.api.exchange.Quantizer;
import io.weft.api.testing.QuantizerContract;

class LosslessContractTest implements QuantizerContract {

    @Override
    public Quantizer quantizer() {
        return new Lossless();
    }

    @Override
    public double mostLost() {
        return 0;
    }
}
