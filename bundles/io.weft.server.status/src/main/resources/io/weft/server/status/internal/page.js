// Shows what the server's events tell. Every name and reason is text made by others, so it only ever becomes text of an element.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 8;
const DASHES = 3;
const MOST_LISTED = 50;

const jobs = new Map();
let lines = {earlier: 0, jobs: []};

function element(name, attributes, ...children) {
    const made = document.createElement(name);
    return filled(made, attributes, children);
}

function drawn(name, attributes, ...children) {
    const made = document.createElementNS(SVG, name);
    return filled(made, attributes, children);
}

function filled(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
}

// Tables become blocks on a narrow screen, which takes their meaning from them unless roles say it.
function table(caption, heads, rows) {
    const numbers = heads.map(head => head.number === true);
    return element("table", {class: "rows", role: "table"},
        element("caption", {}, caption),
        element("thead", {role: "rowgroup"}, element("tr", {role: "row"},
            ...heads.map((head, i) => element("th",
                {scope: "col", role: "columnheader", class: numbers[i] ? "number" : ""}, head.name || head)))),
        element("tbody", {role: "rowgroup"}, ...rows.map(row => element("tr", {role: "row"},
            ...row.map((cell, i) => i === 0
                ? element("th", {scope: "row", role: "rowheader"}, cell)
                : element("td", {role: "cell", class: numbers[i] ? "number" : "", "data-label": heads[i].name || heads[i]},
                    cell))))));
}

function number(name) {
    return {name: name, number: true};
}

function bytes(count) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let value = count;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return (unit === 0 ? String(value) : value.toFixed(value < 10 ? 2 : 1)) + " " + units[unit];
}

function time(text) {
    return text.replace(/[.].*|Z$/, "").replace("T", " ");
}

function state(job) {
    const kinds = {RUNNING: "good", FINISHED: "good", FAILED: "bad", STOPPED: "wait", WAITING: "wait"};
    return element("span", {class: "state " + (kinds[job.state] || "")}, job.state);
}

function showJobs() {
    const place = document.getElementById("jobs");
    const kept = new Map(Array.from(place.querySelectorAll("details.job"), one => [one.dataset.job, one]));
    if (place.querySelector("#jobs-table") === null) {
        place.replaceChildren(element("div", {id: "jobs-table"}), element("div", {id: "jobs-details"}));
    }
    const rows = lines.jobs.map(job => [job.id, state(job), job.round + " of " + job.rounds, job.reason, job.submitter,
        time(job.submitted)]);
    const caption = lines.jobs.length === 0 ? "No job has been handed in."
        : lines.earlier === 0 ? "All jobs, the newest first"
            : "The newest " + lines.jobs.length + " jobs; " + lines.earlier + " came earlier";
    document.getElementById("jobs-table").replaceChildren(
        table(caption, ["job", "state", "rounds", "reason", "submitted by", "at (UTC)"], rows));
    const details = document.getElementById("jobs-details");
    const wanted = lines.jobs.map((job, i) => {
        const one = kept.get(job.id) || detailsOf(job, i === 0);
        one.firstChild.replaceChildren(job.id + " ", state(job), " round " + job.round + " of " + job.rounds);
        return one;
    });
    // Moving an element that stays would take the focus from it.
    for (const [id, one] of kept) {
        if (!lines.jobs.some(job => job.id === id)) {
            one.remove();
            jobs.delete(id);
        }
    }
    wanted.forEach((one, i) => {
        if (details.children[i] !== one) {
            details.insertBefore(one, details.children[i] || null);
        }
    });
}

function detailsOf(job, open) {
    const made = element("details", {class: "job", "data-job": job.id}, element("summary"), element("div"));
    made.open = open || job.state === "RUNNING";
    made.addEventListener("toggle", () => showJob(job.id));
    return made;
}

function showJob(id) {
    const place = Array.from(document.querySelectorAll("details.job")).find(one => one.dataset.job === id);
    const job = jobs.get(id);
    if (place === undefined || job === undefined || !place.open) {
        return;
    }
    const listed = new Set(Array.from(place.querySelectorAll("details.numbers[open]"), one => one.dataset.curves));
    const rows = job.sites.map(site => {
        const at = site.progress;
        const doing = site.doing + (at && at.total > 0 ? " " + at.done + " of " + at.total : at ? " " + at.done : "");
        return [site.name, doing, at && at.loss !== undefined ? at.loss.toFixed(4) : "",
            at && at.tokensPerSecond !== undefined ? at.tokensPerSecond.toFixed(0) : "",
            bytes(site.bytesUp), bytes(site.bytesDown), site.trouble];
    });
    const charts = [["Validation loss", job.validation], ["Training loss", job.training]]
        .filter(([, curves]) => curves.global.length > 0 || Object.keys(curves.sites).length > 0);
    place.lastChild.replaceChildren(
        element("p", {}, bytes(job.bytesUp) + " from sites to server, " + bytes(job.bytesDown) + " from server to sites"),
        charts.length === 0
            ? element("p", {class: "soft"}, "No loss has been measured yet.")
            : element("div", {class: "charts"}, ...charts.map(([name, curves]) => chart(id, name, curves, listed.has(name)))),
        table("Sites in this job", ["site", "does", number("loss of the step"), number("tokens/s"), number("bytes to server"),
            number("bytes from server"), "trouble"], rows));
}

function series(curves) {
    const all = Object.keys(curves.sites).sort().map((site, i) => ({
        name: site,
        points: curves.sites[site],
        look: "s" + i % COLOURS + " dash" + Math.floor(i / COLOURS) % DASHES,
    }));
    if (curves.global.length > 0) {
        all.push({name: "all sites", points: curves.global, look: "global"});
    }
    return all;
}

function chart(job, name, curves, listed) {
    const all = series(curves);
    const points = all.flatMap(one => one.points);
    const first = Math.min(...points.map(point => point[0]));
    const last = Math.max(...points.map(point => point[0]), first + 1);
    let low = Math.min(...points.map(point => point[1]));
    let high = Math.max(...points.map(point => point[1]));
    if (high === low) {
        const room = Math.abs(high) / 10 || 1;
        low -= room;
        high += room;
    }
    const width = 440;
    const height = 220;
    const left = 52;
    const right = 10;
    const top = 10;
    const bottom = 34;
    const x = round => left + (round - first) / (last - first) * (width - left - right);
    const y = value => top + (high - value) / (high - low) * (height - top - bottom);
    const svg = drawn("svg", {viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": inWords(name, all)});
    for (let i = 0; i <= 4; i++) {
        const value = low + (high - low) * i / 4;
        svg.append(
            drawn("line", {class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value)}),
            drawn("text", {x: left - 6, y: y(value) + 4, "text-anchor": "end"}, value.toPrecision(3)));
    }
    for (const round of ticks(first, last)) {
        svg.append(drawn("text", {x: x(round), y: height - bottom + 16, "text-anchor": "middle"}, String(round)));
    }
    svg.append(drawn("text", {x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle"}, "round"));
    for (const one of all) {
        svg.append(drawn("polyline",
            {class: one.look, "data-series": one.name, points: one.points.map(([r, v]) => x(r) + "," + y(v)).join(" ")}));
        const [r, v] = one.points[one.points.length - 1];
        svg.append(drawn("circle", {class: one.look, cx: x(r), cy: y(v), r: one.look === "global" ? 4.5 : 3.5}));
    }
    const rounds = Array.from(new Set(points.map(point => point[0]))).sort((a, b) => b - a).slice(0, MOST_LISTED);
    const values = all.map(one => new Map(one.points));
    const numbers = element("details", {class: "numbers", "data-curves": name}, element("summary", {}, "Numbers"),
        table(name + ", the newest round first", ["round", ...all.map(one => number(one.name))],
            rounds.map(round => [String(round), ...values.map(one => one.has(round) ? String(one.get(round)) : "")])));
    numbers.open = listed;
    return element("figure", {"data-curves": name},
        element("figcaption", {}, name),
        svg,
        element("ul", {class: "legend", "aria-label": "Curves"}, ...all.map(one => element("li", {},
            drawn("svg", {viewBox: "0 0 30 10", "aria-hidden": "true"},
                drawn("polyline", {class: one.look, points: "1,5 29,5"})), one.name))),
        numbers);
}

function ticks(first, last) {
    const step = Math.max(1, Math.ceil((last - first) / 6));
    const all = [];
    for (let round = first; round <= last; round += step) {
        all.push(round);
    }
    return all;
}

function inWords(name, all) {
    return name + " by round. " + all.map(one => {
        const [from, begin] = one.points[0];
        const [to, end] = one.points[one.points.length - 1];
        return one.name + (from === to ? ": " + begin + " in round " + from
            : ": from " + begin + " in round " + from + " to " + end + " in round " + to);
    }).join("; ") + ".";
}

function showSites(sites) {
    const connected = sites.filter(site => site.connected).length;
    document.getElementById("sites").replaceChildren(table(
        connected + " of " + sites.length + " connected",
        ["site", "state", "since (UTC)", "organisation", "takes part in"],
        sites.map(site => [site.name,
            element("span", {class: "state " + (site.connected ? "good" : "wait")}, site.connected ? "connected" : site.since ? "away" : "not yet connected"),
            time(site.since), site.organisation, site.jobs.join(", ")])));
}

function showPlugins(plugins) {
    document.getElementById("plugins").replaceChildren(table(
        plugins.length + " plugins of the server",
        ["name", "kind", "state", "bundle", "version", "reason"],
        plugins.map(plugin => [plugin.name, plugin.kind, plugin.state.toLowerCase(), plugin.bundle, plugin.version,
            plugin.reason])));
}

function showServer(server) {
    document.title = server.project + " – Weft";
    document.getElementById("title").textContent = server.project + " at " + server.server;
}

function connection(text, lost) {
    const place = document.getElementById("connection");
    if (place.textContent !== text) {
        place.textContent = text;
        place.className = lost ? "lost" : "";
    }
}

function connect() {
    const source = new EventSource("events");
    let trouble = 0;
    const on = (kind, show) => source.addEventListener(kind, event => show(JSON.parse(event.data)));
    on("server", showServer);
    on("sites", showSites);
    on("plugins", showPlugins);
    on("jobs", told => {
        lines = told;
        showJobs();
        lines.jobs.forEach(job => showJob(job.id));
    });
    on("job", job => {
        jobs.set(job.id, job);
        showJob(job.id);
    });
    source.addEventListener("open", () => {
        clearTimeout(trouble);
        trouble = 0;
        connection("live", false);
    });
    source.addEventListener("error", () => {
        // A stream ends every minute and comes again within a second: no reason to alarm anybody.
        if (trouble === 0) {
            trouble = setTimeout(() => connection("not connected to the server; what is shown may be old", true), 5000);
        }
        if (source.readyState === EventSource.CLOSED) {
            clearTimeout(trouble);
            connection("the server refuses; load this page again, or open it with a new address", true);
            setTimeout(connect, 10000);
        }
    });
}

connect();
