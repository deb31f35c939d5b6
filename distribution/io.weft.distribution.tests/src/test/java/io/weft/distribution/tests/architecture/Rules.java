package io.weft.distribution.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaParameter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.weft.api.plugin.Plugin;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Reference;

/** What the architecture demands, as checks on class files. */
final class Rules {

    static final DescribedPredicate<JavaClass> ARE_IN_LAUNCH =
            describe("are in io.weft.launch", type -> Bundles.of(type).equals("io.weft.launch"));

    private static final DescribedPredicate<JavaClass> LEASE_PLUGINS =
            describe("are in io.weft.plugins", type -> Bundles.of(type).equals("io.weft.plugins"));

    static final ArchRule BUNDLES_KNOW_WHAT_THE_TABLE_SAYS = classes()
            .should(dependOnly("on bundles that the table allows", (from, to) -> {
                String bundle = Bundles.of(from);
                return Bundles.of(to).equals(bundle)
                        || Bundles.MAY_KNOW.getOrDefault(bundle, List.of()).contains(Bundles.of(to));
            }));

    static final ArchRule INTERNAL_STAYS_INSIDE = classes()
            .should(dependOnly(
                    "on internal packages of their own bundle",
                    (from, to) -> !to.getPackageName().contains(".internal")
                            || Bundles.of(to).equals(Bundles.of(from))));

    static final ArchRule API_KNOWS_NOTHING_BUT_JAVA = classes()
            .that(describe("are in io.weft.api", type -> Bundles.of(type).equals("io.weft.api")))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "javax.net.ssl", "io.weft.api..", "org.osgi.annotation..");

    static final ArchRule PLUGINS_ARE_LEASED_NOT_REFERENCED = noClasses()
            .that(DescribedPredicate.not(LEASE_PLUGINS))
            .should(new ArchCondition<>("have a plugin injected") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    injected(type)
                            .filter(assignableTo(Plugin.class))
                            .forEach(plugin -> events.add(SimpleConditionEvent.satisfied(
                                    type, type.getName() + " has a @Reference to " + plugin.getName())));
                }
            });

    static final ArchRule SERVICES_ARE_INJECTED_NOT_LOOKED_UP = noClasses()
            .that(DescribedPredicate.not(LEASE_PLUGINS.or(ARE_IN_LAUNCH)))
            .should()
            .callMethodWhere(describe("a service is looked up", Rules::looksUp));

    private Rules() {}

    private static boolean looksUp(JavaMethodCall call) {
        AccessTarget.MethodCallTarget target = call.getTarget();
        boolean inRegistry = target.getOwner().isAssignableTo(BundleContext.class)
                && target.getName().startsWith("getService");
        boolean inComponent = target.getName().startsWith("locateService");
        boolean byTracker = target.getOwner().getName().startsWith("org.osgi.util.tracker.ServiceTracker");
        return inRegistry || inComponent || byTracker;
    }

    /** The types that Declarative Services puts into a component: into its constructor, its fields, through its bind methods. */
    private static Stream<JavaClass> injected(JavaClass type) {
        Stream<JavaClass> parameters = type.getCodeUnits().stream()
                .map(JavaCodeUnit::getParameters)
                .flatMap(List::stream)
                .filter(parameter -> parameter.isAnnotatedWith(Reference.class)
                        || parameter.getOwner().isAnnotatedWith(Reference.class))
                .map(JavaParameter::getType)
                .flatMap(generic -> generic.getAllInvolvedRawTypes().stream());
        Stream<JavaClass> fields = type.getFields().stream()
                .filter(field -> field.isAnnotatedWith(Reference.class))
                .map(JavaField::getType)
                .flatMap(generic -> generic.getAllInvolvedRawTypes().stream());
        return Stream.concat(parameters, fields);
    }

    private static ArchCondition<JavaClass> dependOnly(String what, BiPredicate<JavaClass, JavaClass> isAllowed) {
        return new ArchCondition<>("depend only " + what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    boolean ours = target.getName().startsWith("io.weft.")
                            && target.getSource().isPresent();
                    if (ours && !isAllowed.test(type, target)) {
                        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }
}
