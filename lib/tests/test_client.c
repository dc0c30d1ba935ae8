// SPDX-License-Identifier: BSD-2-Clause
/* The example in the documentation does what it says. Needs /dev/axp. */
#define main client_main
int client_main(void);
#include "../../Documentation/examples/client.c"
#undef main

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* what the example prints, into @text; returns its status */
static int run_client(char *text, size_t size)
{
	int pipefd[2], status = -1;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipefd))
		bail_out("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		bail_out("fork: %s", strerror(errno));
	if (!pid) {
		dup2(pipefd[1], STDOUT_FILENO);
		dup2(pipefd[1], STDERR_FILENO);
		status = client_main();
		fflush(stdout);
		_exit(status);
	}
	close(pipefd[1]);
	while (len < size - 1 && (n = read(pipefd[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(pipefd[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* "Writing a client in 60 lines of C": lines are as long here as elsewhere. */
static void test_length(void)
{
	FILE *file = fopen("Documentation/examples/client.c", "r");
	unsigned int lines = 0, longest = 0, width = 0;

	if (!file)
		bail_out("run from the root of the source tree");
	for (int c; (c = getc(file)) != EOF;) {
		width = c == '\n' ? 0 : c == '\t' ? (width | 7) + 1 : width + 1;
		longest = width > longest ? width : longest;
		lines += c == '\n';
	}
	fclose(file);
	ok(lines > 0 && lines <= 60, "the example has %u lines, 60 at most", lines);
	ok(longest <= 100, "none is longer than 100 columns: %u", longest);
}

int main(void)
{
	static const char want[] =
		"result 9, 4 MACs: 1 gated, 1 exact hits, 1 approximate, 1 misses\nenergy ";
	char text[1024];
	int status;

	if (access("/dev/axp", F_OK)) {
		plan(3);
		test_length();
		status = run_client(text, sizeof(text));
		ok(status == 1 && strstr(text, "client: /dev/axp: no such device"),
		   "without a device the example says so");
		return done_testing();
	}
	plan(3);
	test_length();
	status = run_client(text, sizeof(text));
	if (!ok(!status && !strncmp(text, want, sizeof(want) - 1), "the example's sum and counts"))
		diag("status %d: %s", status, text);
	return done_testing();
}
