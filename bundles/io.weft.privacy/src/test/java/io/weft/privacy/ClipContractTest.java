package io.weft.privacy;

import io.weft.api.filter.UpdateFilter;
import io.weft.api.testing.UpdateFilterContract;
import java.util.Map;

class ClipContractTest implements UpdateFilterContract {

    @Override
    public UpdateFilter filter() {
        return new Clip();
    }

    @Override
    public Map<String, Object> options() {
        return Map.of("norm", 0.5);
    }
}
