package io.weft.job.internal;

import io.weft.api.plugin.Option;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A plugin's options as keys, read from the annotation interface that declares them. */
public final class OptionKeys {

    private OptionKeys() {}

    /** The keys, sorted by name. */
    public static List<Key> of(Class<? extends Annotation> options) {
        return methods(options).stream().map(OptionKeys::key).toList();
    }

    /** The methods that are options, sorted by name: reflection gives them in no particular order. */
    static List<Method> methods(Class<? extends Annotation> options) {
        return Arrays.stream(options.getDeclaredMethods())
                .filter(method -> !method.isSynthetic() && method.getParameterCount() == 0)
                .sorted(Comparator.comparing(Method::getName))
                .toList();
    }

    /** The word by which a job file names an enum's constant. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Key key(Method method) {
        Option option = method.getAnnotation(Option.class);
        String sentence = option == null ? "" : option.value();
        ValueType type = type(method, option);
        Object preset = method.getDefaultValue();
        return preset == null
                ? Key.required(method.getName(), type, sentence)
                : Key.preset(method.getName(), type, normal(preset), sentence);
    }

    private static ValueType type(Method method, Option option) {
        double min = option == null ? -Double.MAX_VALUE : option.min();
        double max = option == null ? Double.MAX_VALUE : option.max();
        Class<?> type = method.getReturnType();
        if (type == boolean.class) {
            return new ValueType.Flag();
        }
        if (type == int.class) {
            return new ValueType.Whole(
                    (long) Math.max(Integer.MIN_VALUE, Math.ceil(min)), (long) Math.min(Integer.MAX_VALUE, max));
        }
        if (type == long.class) {
            // Casting saturates, so an absent bound becomes the type's own.
            return new ValueType.Whole((long) Math.ceil(min), (long) max);
        }
        if (type == double.class) {
            return new ValueType.Decimal(min, max, false);
        }
        if (type == String.class) {
            return ValueType.Text.ANY;
        }
        if (type == String[].class) {
            return new ValueType.Texts();
        }
        if (type.isEnum()) {
            return new ValueType.Word(Arrays.stream(type.getEnumConstants())
                    .map(constant -> word((Enum<?>) constant))
                    .toList());
        }
        throw new IllegalArgumentException(
                method + " has a type that options cannot have; see " + io.weft.api.plugin.Options.class.getName());
    }

    /** A default in the form that {@link ValueType#read} gives. */
    private static Object normal(Object preset) {
        if (preset instanceof String[] texts) {
            return List.of(texts);
        }
        return preset instanceof Enum<?> constant ? word(constant) : preset;
    }
}
