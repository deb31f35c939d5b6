package io.weft.api.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes one option: a sentence for the reference, and the closed range that a number must lie in. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Option {

    /** One sentence that says what the option does. */
    String value();

    /** The smallest number that is allowed. */
    double min() default -Double.MAX_VALUE;

    /** The largest number that is allowed. */
    double max() default Double.MAX_VALUE;
}
