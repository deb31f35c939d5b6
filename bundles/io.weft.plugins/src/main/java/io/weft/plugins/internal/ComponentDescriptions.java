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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads which plugins a bundle declares, so that one that does not work can still be named as the one that would offer them. */
final class ComponentDescriptions {

    private static final Logger LOG = LoggerFactory.getLogger(ComponentDescriptions.class);

    private static final String HEADER = "Service-Component";

    private ComponentDescriptions() {}

    static List<Offer> offers(JarFile jar, Attributes headers) throws IOException {
        String header = headers.getValue(HEADER);
        if (header == null) {
            return List.of();
        }
        Set<Offer> offers = new LinkedHashSet<>();
        for (String pattern : header.split(",", -1)) {
            String expression = "\\Q" + pattern.strip().replace("*", "\\E[^/]*\\Q") + "\\E";
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                if (entry.getName().matches(expression)) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        offers.addAll(offers(in));
                    } catch (XMLStreamException e) {
                        LOG.debug("{} names no plugin; Declarative Services will say what is wrong", entry, e);
                    }
                }
            }
        }
        return List.copyOf(offers);
    }

    private static List<Offer> offers(InputStream description) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        XMLStreamReader xml = factory.createXMLStreamReader(description);
        List<String> kinds = new ArrayList<>();
        List<String> names = new ArrayList<>();
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
        return kinds.stream()
                .flatMap(kind -> names.stream().map(name -> new Offer(kind, name)))
                .toList();
    }
}
