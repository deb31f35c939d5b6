package io.weft.distribution.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.weft.api.aggregation.Aggregator;
import io.weft.launch.internal.Main;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Reference;

/** The borders between the bundles; each rule is shown to find what it forbids. */
class ArchitectureTest {

    private static final JavaClasses BUNDLES =
            new ClassFileImporter().withImportOption(Bundles::isOfABundle).importPackages("io.weft");

    private static final JavaClasses OFFENDER = new ClassFileImporter().importClasses(Offender.class, Main.class);

    @Test
    void theTableNamesEveryBundle() {
        TreeSet<String> found = BUNDLES.stream().map(Bundles::of).collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(Bundles.MAY_KNOW.keySet()), found);
    }

    @Test
    void theTableHasNoCycle() {
        List<String> order = List.copyOf(Bundles.MAY_KNOW.keySet());
        for (Map.Entry<String, List<String>> bundle : Bundles.MAY_KNOW.entrySet()) {
            for (String known : bundle.getValue()) {
                assertTrue(
                        order.indexOf(known) >= 0 && order.indexOf(known) < order.indexOf(bundle.getKey()),
                        bundle.getKey() + " may only know bundles above it, not " + known);
            }
        }
    }

    @Test
    void dependenciesPointOneWay() {
        holdsAndBites(Rules.BUNDLES_KNOW_WHAT_THE_TABLE_SAYS);
    }

    @Test
    void internalPackagesStayInTheirBundle() {
        holdsAndBites(Rules.INTERNAL_STAYS_INSIDE);
    }

    @Test
    void theApiKnowsNothingButJava() {
        Rules.API_KNOWS_NOTHING_BUT_JAVA.check(BUNDLES);
        assertThrows(
                AssertionError.class,
                () -> Rules.API_KNOWS_NOTHING_BUT_JAVA.check(BUNDLES.that(Rules.ARE_IN_LAUNCH)),
                "a rule without a class to check must fail");
    }

    @Test
    void onlyThePluginsBundleReferencesPluginServices() {
        holdsAndBites(Rules.PLUGINS_ARE_LEASED_NOT_REFERENCED);
    }

    @Test
    void onlyThePluginsBundleLooksServicesUp() {
        holdsAndBites(Rules.SERVICES_ARE_INJECTED_NOT_LOOKED_UP);
    }

    private static void holdsAndBites(ArchRule rule) {
        rule.check(BUNDLES);
        String found =
                assertThrows(AssertionError.class, () -> rule.check(OFFENDER)).getMessage();
        assertTrue(found.contains(Offender.class.getSimpleName()), found);
    }

    /** Does what no bundle may. */
    static final class Offender {

        private final Aggregator aggregator;

        @Activate
        Offender(@Reference Aggregator aggregator) {
            this.aggregator = aggregator;
        }

        Object lookUp(BundleContext context) {
            return context.getServiceReference(aggregator.getClass());
        }

        Class<?> internal() {
            return Main.class;
        }
    }
}
