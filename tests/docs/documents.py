# SPDX-License-Identifier: GPL-2.0-only
"""The documents, their code blocks, the blocks' marks, and the commands in them.

A mark is a comment on a line of its own before a code block:

    <!-- run: root -->        each command ends with status 0 in the Debian root
    <!-- run: host -->        the same in the emulated AMD host, as root
    <!-- run: guest -->       the same in a Linux guest of that host
    <!-- long: WHAT -->       takes too long for that; WHAT, a test or a target of make, runs it
    <!-- needs: hardware -->  needs a machine with VMX or SVM
    <!-- usage -->            shows a command's syntax, with [ ] and |
    <!-- text -->             looks like a command, but is not one

In a man page a mark is a comment, .\\" run: host, and holds until the next one or the next .SH.
"""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = re.compile(r'^(?:<!-- |\.\\" )(run|long|needs|usage|text)(?:: (.+?))?(?: -->)?$')
PLACES = {'root', 'host', 'guest'}
PROGRAMS = set('''apt apt-get bpftrace bt cat cc cpuid curl dmesg echo exitstat exit-ledger.bt gcc git gnuplot grep
    groff guest-run insmod iptables jq kvmrun leafcheck make man manyvcpus modinfo modprobe perf perf-exits
    perf-kvm-stat perf-record-exits promtool qemu-system-x86_64 rmmod sleep statread sudo systemctl taskset
    trace-cmd virsh watch'''.split())
FOLDERS = ('build', 'docs', 'kernel', 'perf-scripts', 'tests', 'tools')


class Block:
    """Lines of code, with their place."""

    def __init__(self, path, line, mark):
        self.path, self.line, self.mark, self.lines = path, line, mark, []

    @property
    def where(self):
        return f'{self.path}:{self.line}'

    def commands(self):
        """The lines after a prompt; without a prompt all lines, if one of them is a command."""
        prompts = any(prompted(line) for line in self.lines)
        if not prompts and not any(is_command(line) for line in self.lines):
            return []
        found, text = [], None
        for line in self.lines:
            if text is not None:
                text += '\n' + line
            elif not prompts and line or prompted(line):
                text = re.sub(r'^[$#] ', '', line) if prompts else line
            if text is not None and is_whole(text):
                found.append(text)
                text = None
        return found + ([text] if text else [])


def prompted(line):
    return line.startswith('$ ') or line.startswith('# ') and is_command(line[2:])


def is_whole(text):
    """Is this complete for a shell?"""
    return not text.endswith('\\') and not subprocess.run(['bash', '-n', '-c', text], capture_output=True).stderr


def is_command(line):
    """Does this line begin with a program that documents run?"""
    words = re.sub(r'^(\w+=\S* )+', '', line.strip()).split(' ')
    return bool(re.match(r"[\w.+/-]+$", words[0])) and (
        words[0] in PROGRAMS and (len(words) == 1 or not words[1].endswith(','))
        or words[0].split('/')[0] in FOLDERS and '/' in words[0])


def texts():
    """All documents, relative to the tree's root."""
    return sorted(p.relative_to(ROOT) for p in ROOT.rglob('*.md') if 'build' not in p.relative_to(ROOT).parts[:1])


def manuals():
    return sorted(p.relative_to(ROOT) for p in (ROOT / 'docs/man').glob('*.[0-9]'))


def lines_of(path):
    return (ROOT / path).read_text().splitlines()


def blocks_of(path):
    """The code blocks of a document or a man page."""
    return man_blocks(path) if path.suffix != '.md' else markdown_blocks(path)


def markdown_blocks(path):
    blocks, mark, block, fence, blank = [], None, None, None, True
    for number, line in enumerate(lines_of(path), 1):
        found = MARK.match(line)
        if fence is not None:
            if line.strip() == '```':
                fence = block = None
            else:
                block.lines.append(line[len(fence):])
            continue
        opened = re.match(r'( *)```', line)
        if opened:
            fence, block, mark = opened[1], Block(path, number + 1, mark), None
            blocks.append(block)
        elif found:
            mark = found.groups()
        elif line.startswith('    ') and line.strip() and (block or blank):
            if not block:
                block, mark = Block(path, number, mark), None
                blocks.append(block)
            block.lines.append(line[4:])
        elif line.strip():
            block = None
            if not line.startswith('<!--'):
                mark = None
        elif block:
            block.lines.append('')
        blank = not line.strip() or line.startswith('<!--')
    for block in blocks:
        while block.lines and not block.lines[-1]:
            block.lines.pop()
    return blocks


def man_blocks(path):
    """Examples: a line in bold after .TP and a question, or the lines between .nf and .fi."""
    blocks, mark, block, section = [], None, None, ''
    for number, line in enumerate(lines_of(path), 1):
        found = MARK.match(line)
        if found:
            mark = found.groups()
        elif line.startswith('.SH'):
            mark, section = None, line[4:]
        elif line == '.nf':
            block = Block(path, number + 1, mark)
            blocks.append(block)
        elif line == '.fi':
            block = None
        elif block:
            block.lines.append(plain(line))
        elif section == 'EXAMPLES' and line.startswith('.B '):
            blocks.append(Block(path, number, mark))
            blocks[-1].lines.append(plain(line[3:].strip('"')))
    return blocks


def plain(line):
    """A line of roff as it is shown."""
    line = re.sub(r'\\f[A-Z]', '', line)
    return line.replace('\\-', '-').replace('\\(aq', "'").replace('\\(dq', '"').replace('\\e', '\\')


def targets(folder='.'):
    """The targets of the Makefile in that folder."""
    path = ROOT / folder / 'Makefile'
    return set(re.sub(r'^\.PHONY:', '', ' '.join(re.findall(r'^\.PHONY:.*', path.read_text(), re.M))).split()) if path.exists() else set()


def options():
    """The options of each command of exitstat, and as '' of exitstat itself."""
    text = subprocess.run([ROOT / 'build/tools/exitstat', 'completion'], capture_output=True, text=True, check=True).stdout
    return {name: set(words.split()) for name, words in re.findall(r'^\t"(\w*)"\)\n\t\toptions=\((.*)\)', text, re.M)}


def finish(wrong):
    """Ends a check: prints a line for each mistake."""
    for line in wrong:
        print(line)
    raise SystemExit(bool(wrong))
