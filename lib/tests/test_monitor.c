// SPDX-License-Identifier: BSD-2-Clause
/* The monitor without a device: files as a kernel makes them, and what is wrong with them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <axp/axp.h>

#include "scratch.h"
#include "tap.h"

static const struct { const char *name, *text; } totals[] = {
	{ "sys/engine", "avx2\n" }, { "sys/energy_model/preset", "h45\n" },
	{ "sys/energy_model/cam_class", "nor\n" }, { "sys/macs", "100\n" },
	{ "sys/gated", "40\n" }, { "sys/hits", "35\n" }, { "sys/hits_approx", "5\n" },
	{ "sys/misses", "25\n" }, { "sys/searches", "60\n" }, { "sys/jobs", "7\n" },
	{ "sys/rows_programmed", "9\n" }, { "sys/busy_time_us", "1234\n" },
	{ "sys/clients", "3\n" }, { "sys/energy_uj", "18446744073709551615\n" },
	{ "sys/baseline_energy_uj", "2000\n" }, { "sys/baseline_gated_energy_uj", "1000\n" },
};

static const char fdinfo[] =
	"pos:\t0\nflags:\t02\nmnt_id:\t1\naxp-driver:\taxp\naxp-client-id:\t12\n"
	"axp-engine-pe:\t900 ns\naxp-memory-total:\t4 KiB\naxp-jobs:\t2\naxp-macs:\t50\n"
	"axp-gated:\t20\naxp-hits-exact:\t10\naxp-hits-approx:\t5\naxp-misses:\t15\n"
	"axp-energy:\t777 fJ\naxp-baseline-energy:\t999 fJ\naxp-new-key:\t1 of a later module\n";

static void file(const char *name, const char *text)
{
	scratch_file(name, text, strlen(text));
}

static void make_files(void)
{
	static const char *const folders[] = {
		"sys", "sys/energy_model", "proc", "proc/41", "proc/41/fdinfo", "proc/42",
		"proc/42/fdinfo", "proc/self", "proc/self/fdinfo",
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		scratch_folder(folders[i]);
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		file(totals[i].name, totals[i].text);
	file("proc/41/comm", "a name\n");
	file("proc/41/fdinfo/0", "pos:\t0\nflags:\t02\n");
	file("proc/41/fdinfo/5", fdinfo);
	/* the same open file in a child, and a file of another driver */
	file("proc/42/comm", "child\n");
	file("proc/42/fdinfo/5", fdinfo);
	file("proc/42/fdinfo/6", "drm-driver:\ti915\ndrm-client-id:\t12\n");
	file("proc/self/fdinfo/5", fdinfo);
}

static struct axp_monitor_opts options(void)
{
	static char sys[512], proc[512];
	AXP_OPTS(struct axp_monitor_opts, opts);

	snprintf(sys, sizeof(sys), "%s", scratch("sys"));
	snprintf(proc, sizeof(proc), "%s", scratch("proc"));
	opts.files_only = true;
	opts.sysfs = sys;
	opts.proc = proc;
	return opts;
}

static void test_device(struct axp_monitor *monitor)
{
	struct axp_monitor_device d;
	struct axp_diag diag = { .text = "" };

	ok(!axp_monitor_device(monitor, &d, &diag), "totals are read");
	ok(!strcmp(d.engine, "avx2") && d.preset == AXP_PRESET_H45 && d.cam_class == AXP_CAM_NOR,
	   "names");
	ok(d.stats.macs == 100 && d.stats.gated == 40 && d.stats.hits_exact == 30 &&
	   d.stats.hits_approx == 5 && d.stats.misses == 25 && d.stats.searches == 60 &&
	   d.stats.jobs == 7 && d.stats.rows_programmed == 9, "counters");
	ok(d.stats.busy_ns == 1234000 && d.time_ns > 0, "times");
	ok(d.energy_uj == UINT64_MAX && d.baseline_uj == 2000 && d.baseline_gated_uj == 1000,
	   "energies, up to 64 bits");
	ok(d.nr_clients == 3 && d.nr_jobs == UINT64_MAX && d.nr_pe == 0, "what is not known");
}

static void test_clients(struct axp_monitor *monitor)
{
	const struct axp_monitor_client *list;
	uint32_t nr = 0;

	ok(!axp_monitor_missing(monitor), "nothing is missing before anybody looked");
	ok(!axp_monitor_clients(monitor, &list, &nr, NULL) && nr == 1,
	   "one client, open in two processes");
	ok(list[0].id == 12 && list[0].counted && list[0].memory == 4096, "its number");
	ok((list[0].pid == 41 && !strcmp(list[0].comm, "a name")) ||
	   (list[0].pid == 42 && !strcmp(list[0].comm, "child")), "its process");
	ok(list[0].stats.macs == 50 && list[0].stats.hits_exact == 10 &&
	   list[0].stats.energy_fj == 777 && list[0].stats.baseline_fj == 999 &&
	   list[0].stats.busy_ns == 900, "its counters");
	ok(axp_monitor_missing(monitor) && strstr(axp_monitor_missing(monitor), "other users"),
	   "the device has three: two are missing");
	file("sys/clients", "1\n");
	ok(!axp_monitor_clients(monitor, &list, &nr, NULL) && !axp_monitor_missing(monitor),
	   "the device has one: none is missing");
}

static void test_without_netlink(struct axp_monitor *monitor)
{
	const struct axp_monitor_table *tables;
	struct axp_monitor_message message;
	struct axp_diag diag = { .text = "" };
	uint32_t nr;

	ok(axp_monitor_tables(monitor, 0, &tables, &nr, &diag) == -EOPNOTSUPP &&
	   strstr(diag.text, "netlink"), "no tables in files: %s", diag.text);
	ok(axp_monitor_listen(monitor, true, true, NULL) == -EOPNOTSUPP, "no listening");
	ok(axp_monitor_fd(monitor) == -1 &&
	   axp_monitor_next(monitor, &message, 0, NULL) == -EINVAL, "and no messages");
}

static void refused(const char *what, const char *name, const char *text, int err,
		    const char *pattern)
{
	struct axp_monitor_opts opts = options();
	struct axp_diag diag = { .text = "" };
	struct axp_monitor *monitor;
	int rc;

	if (text)
		file(name, text);
	else
		remove(scratch(name));
	rc = axp_monitor_open(&monitor, &opts, &diag);
	ok(rc == err && !monitor && strstr(diag.text, pattern) && strstr(diag.text, name),
	   "%s: %s", what, diag.text);
	file(name, "1\n");
}

int main(void)
{
	AXP_OPTS(struct axp_monitor_opts, larger);
	struct { struct axp_monitor_opts opts; char more[8]; } newer;
	struct axp_diag diag = { .text = "" };
	struct axp_monitor *monitor;
	struct axp_monitor_opts opts;

	plan(24);
	make_files();
	opts = options();
	ok(!axp_monitor_open(&monitor, &opts, &diag), "opens on files");
	test_device(monitor);
	test_clients(monitor);
	test_without_netlink(monitor);
	axp_monitor_close(monitor);
	axp_monitor_close(NULL);

	refused("a file is missing", "sys/macs", NULL, -ENOENT, "not loaded");
	refused("no number", "sys/macs", "many\n", -EINVAL, "'many'");
	refused("negative", "sys/jobs", "-1\n", -EINVAL, "'-1'");
	refused("over 64 bits", "sys/misses", "18446744073709551616\n", -EINVAL, "64 bit");
	refused("empty", "sys/gated", "", -EINVAL, "''");
	refused("more behind the number", "sys/hits", "1 2\n", -EINVAL, "'1 2'");
	memset(&newer, 0, sizeof(newer));
	newer.opts = larger;
	newer.opts.size = sizeof(newer);
	newer.more[0] = 1;
	ok(axp_monitor_open(&monitor, &newer.opts, &diag) == -E2BIG, "options of a newer library");
	return done_testing();
}
