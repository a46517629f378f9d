// SPDX-License-Identifier: GPL-2.0-only
/*
 * stall FOLDER: mounts a file system that never answers, until stall is ended.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const int fuse = open("/dev/fuse", O_RDWR);
	char options[64];

	if (argc != 2 || fuse < 0 || mkdir(argv[1], 0755))
		err(2, "a folder and /dev/fuse are needed");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (mount("stall", argv[1], "fuse", 0, options))
		err(2, "mount");
	for (;;)
		pause();
}
