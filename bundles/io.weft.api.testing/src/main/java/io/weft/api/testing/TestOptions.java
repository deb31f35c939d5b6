package io.weft.api.testing;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Refusal;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Options as a job file gives them, held to their declaration: names, types and ranges. */
final class TestOptions {

    private TestOptions() {}

    /**
     * An instance of the annotation interface that answers with these values, and with the defaults of all others.
     *
     * @throws Refusal when one is unknown, missing, of another type or out of range
     */
    static <A extends Annotation> A bind(Class<A> type, Map<String, Object> given) {
        SortedMap<String, Object> values = new TreeMap<>();
        for (Method method : type.getDeclaredMethods()) {
            Object value = given.getOrDefault(method.getName(), method.getDefaultValue());
            if (value == null) {
                throw new Refusal("option '" + method.getName() + "' has no default and is not given");
            }
            values.put(method.getName(), checked(method, value));
        }
        for (String name : given.keySet()) {
            if (!values.containsKey(name)) {
                throw new Refusal("unknown option '" + name + "'" + Nearest.hint(name, values.keySet()) + " (known: "
                        + String.join(", ", values.keySet()) + ")");
            }
        }
        InvocationHandler answers = (proxy, method, arguments) -> switch (method.getName()) {
            case "annotationType" -> type;
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            case "toString" -> "@" + type.getName() + values;
            default -> values.get(method.getName());
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answers));
    }

    private static Object checked(Method method, Object value) {
        Class<?> type = method.getReturnType();
        Option option = method.getAnnotation(Option.class);
        if (option != null && value instanceof Number number) {
            if (!(number.doubleValue() >= option.min() && number.doubleValue() <= option.max())) {
                throw new Refusal("option '" + method.getName() + "' is " + value + "; allowed: from " + option.min()
                        + " to " + option.max());
            }
        }
        boolean whole = value instanceof Integer || value instanceof Long;
        if (type == double.class && value instanceof Number number) {
            return number.doubleValue();
        }
        if (type == long.class && whole) {
            return ((Number) value).longValue();
        }
        if (type == int.class && whole) {
            return Math.toIntExact(((Number) value).longValue());
        }
        if ((type == boolean.class ? Boolean.class : type).isInstance(value)) {
            return value;
        }
        if (type.isEnum() && value instanceof String word) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> word(constant).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new Refusal("option '" + method.getName() + "' is '" + word + "'; allowed: "
                            + String.join(
                                    ", ",
                                    Arrays.stream(type.getEnumConstants())
                                            .map(TestOptions::word)
                                            .toList())));
        }
        throw new Refusal("option '" + method.getName() + "' is " + value + ", a "
                + value.getClass().getSimpleName() + "; allowed: " + type.getSimpleName());
    }

    /** The word by which a job file names an enum's constant. */
    private static String word(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
