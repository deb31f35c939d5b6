package io.weft.server.status.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SortedMap;
import java.util.TreeMap;

/** The loss of every site over the rounds, and of the whole federation. */
final class Losses {

    private final SortedMap<String, Curve> sites = new TreeMap<>();
    private final Curve global = new Curve();
    private int round = -1;
    private double weighted;
    private double weight;
    private double sum;
    private int count;

    /** The loss of a site; the whole federation's is the mean by weight, or the plain one where nothing has a weight. */
    void add(String site, int of, double loss, double siteWeight) {
        add(site, of, loss);
        if (of != round) {
            round = of;
            weighted = 0;
            weight = 0;
            sum = 0;
            count = 0;
        }
        weighted += loss * siteWeight;
        weight += siteWeight;
        sum += loss;
        count++;
        global.add(of, weight > 0 ? weighted / weight : sum / count);
    }

    /** The loss of a site alone. */
    void add(String site, int of, double loss) {
        sites.computeIfAbsent(site, name -> new Curve()).add(of, loss);
    }

    /** The loss of the whole federation, as it was measured. */
    void add(int of, double loss) {
        global.add(of, loss);
    }

    /** Of the whole federation, the last round that has a value; -1 where there is none. */
    int last() {
        return global.last();
    }

    void to(ObjectNode object) {
        ObjectNode all = object.putObject("sites");
        sites.forEach((name, curve) -> curve.to(all.putArray(name)));
        global.to(object.putArray("global"));
    }
}
