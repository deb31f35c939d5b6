package io.weft.job.form;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers and truth values as <a href="https://yaml.org/spec/1.2.2/#103-core-schema">YAML 1.2's core schema</a> reads them. */
final class Numbers {

    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
    private static final Pattern DECIMAL = Pattern.compile(
            "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
    private static final Pattern FLAG = Pattern.compile("true|True|TRUE|false|False|FALSE");
    private static final Pattern NOTHING = Pattern.compile("null|Null|NULL|~|");

    private Numbers() {}

    static Tree.Scalar.Kind kind(String plain) {
        if (NOTHING.matcher(plain).matches()) {
            return Tree.Scalar.Kind.NOTHING;
        }
        if (FLAG.matcher(plain).matches()) {
            return Tree.Scalar.Kind.FLAG;
        }
        if (WHOLE.matcher(plain).matches()) {
            return Tree.Scalar.Kind.WHOLE;
        }
        return DECIMAL.matcher(plain).matches() ? Tree.Scalar.Kind.DECIMAL : Tree.Scalar.Kind.TEXT;
    }

    static boolean flag(String text) {
        return text.toLowerCase(Locale.ROOT).equals("true");
    }

    static BigInteger whole(String text) {
        if (text.startsWith("0o")) {
            return new BigInteger(text.substring(2), 8);
        }
        if (text.startsWith("0x")) {
            return new BigInteger(text.substring(2), 16);
        }
        return new BigInteger(text);
    }

    /** The smallest of the usual number types that holds the value. */
    static Object plainWhole(String text) {
        BigInteger value = whole(text);
        if (value.bitLength() < Integer.SIZE) {
            return value.intValue();
        }
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : (Object) value.doubleValue();
    }

    static double decimal(String text) {
        String word = text.toLowerCase(Locale.ROOT);
        if (word.endsWith(".nan")) {
            return Double.NaN;
        }
        if (word.endsWith(".inf")) {
            return word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return text.startsWith("0o") || text.startsWith("0x") ? whole(text).doubleValue() : Double.parseDouble(text);
    }

    /** A number as people write it: 8 rather than 8.0. */
    static String shown(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
