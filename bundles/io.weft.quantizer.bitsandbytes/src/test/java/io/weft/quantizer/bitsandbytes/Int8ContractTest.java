package io.weft.quantizer.bitsandbytes;

import io.weft.api.exchange.Quantizer;
import io.weft.api.testing.QuantizerContract;

class Int8ContractTest implements QuantizerContract {

    @Override
    public Quantizer quantizer() {
        return new Int8();
    }

    @Override
    public double mostLost() {
        return 0.014;
    }
}
