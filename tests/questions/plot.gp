# SPDX-License-Identifier: GPL-2.0-only
# plot.gp: draws a boot's samples as an SVG: gnuplot -c plot.gp SVG DATA MARKS TITLE UNIT. DATA: a row for each window, its
# start and then columns to stack; the first row has their names. MARKS: times, and what the guest began then.
set terminal svg size 860,400 font "sans-serif,13" background "white" noenhanced
set output ARG1
set datafile separator "\t"
set title ARG4
set xlabel "seconds since the first KVM_RUN"
set ylabel ARG5
set key outside right top reverse Left samplen 1
set style fill solid 1 noborder
set grid ytics lc rgb "#dddddd"
set tics nomirror
set border 3
stats ARG2 skip 1 nooutput
columns = STATS_columns
stats ARG2 skip 1 using (sum [c = 2:columns] column(c)) nooutput
top = STATS_max
set yrange [0:top]
set xrange [0:*]
array colour[8] = ["#0060c0", "#d08000", "#2a9d3a", "#c02020", "#8040a0", "#60b0d0", "#b0b0b0", "#404040"]
plot for [i = columns:2:-1] ARG2 using 1:(sum [c = 2:i] column(c)) with fillsteps lc rgb colour[i - 1] title columnheader(i), \
	ARG3 using 1:(0):(0):(top) with vectors nohead dt 2 lc rgb "black" notitle, \
	ARG3 using 1:(top * 0.97):2 with labels rotate by 90 right offset 0.8,0 font ",11" notitle
