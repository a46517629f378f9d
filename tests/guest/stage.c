// SPDX-License-Identifier: GPL-2.0-only
/* See stage.h. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "stage.h"

#define TIMER_NS	1000000		/* length of a HLT: longer than KVM polls */

static const struct part *part_of(const struct player *player)
{
	return &parts[player->stage->workload];
}

static void run_to(struct player *player, enum stop end)
{
	const struct part *part = part_of(player);
	enum stop stop;

	while ((stop = vcpu_run(player->vcpu)) == STOP_STEP)
		if (part->step)
			part->step(player);
	if (stop != end)
		die("the guest's workload %s", end == STOP_WARM ? "did not warm up" :
						"did not come to its end");
}

static void *play(void *arg)
{
	struct player *player = arg;
	const struct part *part = part_of(player);
	const struct acts *acts = player->stage->acts;

	player->tid = gettid();
	acts->begin(player);
	vcpu_start(player->vcpu, MODE_COUNT, player->stage->workload, env.n);
	run_to(player, STOP_WARM);
	acts->warm(player);
	player->warm = true;
	if (part->start)
		part->start(player);
	run_to(player, STOP_DONE);
	if (part->stop)
		part->stop(player);
	acts->done(player);
	return NULL;
}

void player_start(struct player *player)
{
	if (pthread_create(&player->thread, NULL, play, player))
		die("a thread for vCPU %u cannot be made", player->vcpu->id);
}

void prepare_vcpu(struct vcpu *vcpu, unsigned int workload)
{
	vcpu->page->timer = TIMER_NS;
	if (parts[workload].vcpu)
		parts[workload].vcpu(vcpu);
}

void stage_open(struct stage *stage, unsigned int workload, const struct acts *acts)
{
	unsigned int i;

	memset(stage, 0, sizeof(*stage));
	stage->workload = workload;
	stage->acts = acts;
	stage->nr = stage->first = env.vcpus;
	vm_create(&stage->vm, workloads[workload].needs & NEEDS_IRQCHIP);
	if (parts[workload].open)
		parts[workload].open(stage);
	pthread_barrier_init(&stage->meeting, NULL, stage->first);
	for (i = 0; i < stage->nr; i++)
		stage->players[i] = (struct player) {
			.stage = stage, .added = i >= stage->first,
		};
	for (i = 0; i < stage->first; i++) {
		stage->players[i].vcpu = vcpu_create(&stage->vm, NULL);
		prepare_vcpu(stage->players[i].vcpu, workload);
	}
	for (i = 0; i < stage->first; i++)
		player_start(&stage->players[i]);
}

void stage_join(struct stage *stage)
{
	unsigned int i;

	if (stage->nr > stage->first)
		pthread_join(stage->adder, NULL);
	for (i = 0; i < stage->nr; i++)
		pthread_join(stage->players[i].thread, NULL);
}

bool stage_check(struct stage *stage)
{
	const struct part *part = &parts[stage->workload];

	return !part->check || part->check(stage);
}

void stage_close(struct stage *stage)
{
	pthread_barrier_destroy(&stage->meeting);
	vm_destroy(&stage->vm);
}
