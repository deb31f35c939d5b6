package io.weft.privacy;

import io.weft.api.filter.UpdateFilter;
import io.weft.api.testing.UpdateFilterContract;
import java.util.Map;

class ExcludeContractTest implements UpdateFilterContract {

    @Override
    public UpdateFilter filter() {
        return new Exclude();
    }

    @Override
    public Map<String, Object> options() {
        return Map.of("tensors", new String[] {"small"});
    }
}
