# SPDX-License-Identifier: GPL-2.0-only
# Draws the output of tests/bench/scale.c as SVG: plot=exits, cycles against threads, with
# a logarithmic y axis; or plot=reading, time against vCPUs, with two logarithmic axes.
function log10(x) { return log(x) / log(10) }
function X(x) { return left + (logx ? log10(x / x0) / log10(x1 / x0) : (x - x0) / (x1 - x0)) * width }
function Y(y) { return top + height - log10(y / y0) / log10(y1 / y0) * height }
function add(name, x, y) {
	if (!(name in points)) { names[++n] = name; points[name] = "" }
	points[name] = points[name] " " x "," y
	if (!(x in seen)) { seen[x] = 1; xs[++nx] = x }
	if (x0 == "" || x < x0) x0 = x
	if (x > x1) x1 = x
	if (y0 == "" || y < y0) y0 = y
	if (y > y1) y1 = y
}
BEGIN {
	text["rdtsc"] = "two RDTSC alone"; text["ours"] = "ours"; text["unpadded"] = "ours, unpadded neighbours"
	text["atomic"] = "global atomic counters"; text["lock"] = "global lock"
	text["exits"] = "exits"; text["kernel"] = "kernel time"
	split("#777777 #0060c0 #2a9d3a #d08000 #c02020 #8040a0", colour, " ")
	left = 70; top = 40; width = 460; height = 300
}
$1 == "machine" { khz = $3; cores = $2 }
$1 == "model" { $1 = ""; model = substr($0, 2) }
plot == "exits" && $1 == "exit" && $2 in text { add(text[$2], $3 + 0, $4 + 0) }
plot == "reading" && $1 == "read" { add(text[$2] ", " ($4 == "0" ? "none" : $4 == "1" ? "one" : $4) " writing", $3 + 0, $5 * 1e6 / khz) }
END {
	if (!n) { print "plot: there is nothing to plot" >"/dev/stderr"; exit 2 }
	logx = plot == "reading"
	if (x1 == x0) x1 = x0 + 1
	y0 = 10 ^ int(log10(y0) - (y0 < 1)); y1 = 10 ^ int(log10(y1) + 0.9999)
	title = plot == "exits" ? "TSC cycles of an exit and its entry" : "Time of one CPUID over all vCPUs, in ns"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 400\" font-family=\"sans-serif\" font-size=\"13\">"
	print "<rect width=\"760\" height=\"400\" fill=\"white\"/>"
	printf "<text x=\"%d\" y=\"22\" font-size=\"15\">%s (%s, %d cores)</text>\n", left, title, model, cores
	for (y = y0; y <= y1 * 1.001; y *= 10) {
		printf "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", left, left + width, Y(y), Y(y)
		printf "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", left - 8, Y(y) + 4, y
	}
	for (i = 1; i <= nx; i++)
		printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", X(xs[i]), top + height + 20, xs[i]
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", left + width / 2, top + height + 42, plot == "exits" ? "threads" : "vCPUs"
	printf "<polyline fill=\"none\" stroke=\"black\" points=\"%d,%d %d,%d %d,%d\"/>\n", left, top, left, top + height, left + width, top + height
	for (i = 1; i <= n; i++) {
		line = ""
		count = split(points[names[i]], pair, " ")
		for (j = 1; j <= count; j++) {
			split(pair[j], at, ",")
			line = line sprintf(" %.1f,%.1f", X(at[1]), Y(at[2]))
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", X(at[1]), Y(at[2]), colour[i]
		}
		printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>\n", colour[i], substr(line, 2)
		printf "<line x1=\"545\" x2=\"565\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"570\" y=\"%d\">%s</text>\n", \
			top + i * 22, top + i * 22, colour[i], top + i * 22 + 4, names[i]
	}
	print "</svg>"
}
