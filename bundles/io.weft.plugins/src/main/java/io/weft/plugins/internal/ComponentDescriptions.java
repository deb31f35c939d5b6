package io.weft.plugins.internal;

import io.weft.api.plugin.Plugin;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Which plugins a bundle declares, so that one that does not work can still be named as the one that would offer them.
 *
 * @param offers also what was read of a description before it broke
 * @param problems what Declarative Services would only tell the log, one clause each
 */
record ComponentDescriptions(List<Offer> offers, List<String> problems) {

    private static final String HEADER = "Service-Component";

    static ComponentDescriptions read(JarFile jar, Attributes headers) throws IOException {
        Set<Offer> offers = new LinkedHashSet<>();
        List<String> problems = new ArrayList<>();
        String header = headers.getValue(HEADER);
        for (String pattern : header == null ? new String[0] : header.split(",", -1)) {
            List<JarEntry> entries = matching(jar, pattern.strip());
            if (entries.isEmpty()) {
                problems.add("its manifest names the component description " + pattern.strip()
                        + ", which is not in the jar; build it with bnd");
            }
            for (JarEntry entry : entries) {
                Description description = new Description();
                try (InputStream in = jar.getInputStream(entry)) {
                    description.read(in);
                } catch (XMLStreamException e) {
                    problems.add("its component description " + entry.getName() + " cannot be read: line "
                            + e.getLocation().getLineNumber() + ": " + reason(e) + "; build it with bnd");
                }
                offers.addAll(description.offers());
            }
        }
        return new ComponentDescriptions(List.copyOf(offers), List.copyOf(problems));
    }

    private static List<JarEntry> matching(JarFile jar, String pattern) {
        String expression = "\\Q" + pattern.replace("*", "\\E[^/]*\\Q") + "\\E";
        return jar.stream().filter(entry -> entry.getName().matches(expression)).toList();
    }

    /** The parser's words without the place that it puts before them. */
    private static String reason(XMLStreamException problem) {
        return WhyNot.oneLine(problem).replaceFirst("^ParseError at .*?Message: ", "");
    }

    /** What one description has said so far. */
    private static final class Description {

        private final List<String> kinds = new ArrayList<>();
        private final List<String> names = new ArrayList<>();

        void read(InputStream description) throws XMLStreamException {
            XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
            factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
            factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
            XMLStreamReader xml = factory.createXMLStreamReader(description);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                    if (xml.getLocalName().equals("provide")) {
                        kinds.add(xml.getAttributeValue(null, "interface"));
                    } else if (xml.getLocalName().equals("property")
                            && Plugin.NAME.equals(xml.getAttributeValue(null, "name"))) {
                        String value = xml.getAttributeValue(null, "value");
                        names.add(value == null ? xml.getElementText().strip() : value);
                    }
                }
            }
        }

        List<Offer> offers() {
            return kinds.stream()
                    .flatMap(kind -> names.stream().map(name -> new Offer(kind, name)))
                    .toList();
        }
    }
}
