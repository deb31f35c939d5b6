package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Quantizer;
import io.weft.api.testing.QuantizerContract;

class Fp4ContractTest implements QuantizerContract {

    @Override
    public Quantizer quantizer() {
        return new Fp4();
    }

    @Override
    public double mostLost() {
        return 0.125;
    }
}
