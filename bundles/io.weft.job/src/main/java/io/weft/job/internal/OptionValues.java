package io.weft.job.internal;

import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stands in for an annotation: answers its methods with checked values. */
public final class OptionValues implements InvocationHandler {

    private final Class<? extends Annotation> type;
    private final Map<String, Object> values;

    private OptionValues(Class<? extends Annotation> type, Map<String, Object> values) {
        this.type = type;
        this.values = values;
    }

    /** An instance of the annotation interface with these values, which must be in normal form and complete. */
    public static <A extends Annotation> A bind(Class<A> type, Map<String, Object> normal) {
        var values = new HashMap<String, Object>();
        for (Method method : OptionKeys.methods(type)) {
            values.put(method.getName(), typed(method.getReturnType(), normal.get(method.getName())));
        }
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new OptionValues(type, values)));
    }

    private static Object typed(Class<?> type, Object value) {
        if (type == long.class) {
            return ((Number) value).longValue();
        }
        if (type == String[].class) {
            return ((List<?>) value).toArray(String[]::new);
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> OptionKeys.word((Enum<?>) constant).equals(value))
                    .findFirst()
                    .orElseThrow();
        }
        return value;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "annotationType" -> type;
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            case "toString" -> "@" + type.getName() + shown();
            default -> copied(values.get(method.getName()));
        };
    }

    private String shown() {
        var shown = new HashMap<String, Object>(values);
        shown.replaceAll((name, value) -> value instanceof String[] texts ? List.of(texts) : value);
        return shown.toString();
    }

    private static Object copied(Object value) {
        return value instanceof String[] texts ? texts.clone() : value;
    }
}
