# SPDX-License-Identifier: GPL-2.0-only
# The cost of a read of KVM's binary statistics in build/bench.json, as Markdown; run by jq -r.
def grouped: tostring | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",");
def cell: "\(.bytes | grouped) bytes: \(.instructions | grouped)";

"| instructions | KVM's own data | all data |",
"| --- | --- | --- |",
"| VMX, in Bochs | \(.read.vmx.kvms | cell) | \(.read.vmx.all | cell) |",
"| SVM, in QEMU | \(.read.svm.kvms | cell) | \(.read.svm.all | cell) |"
