/*
 * The program: finds out how it was started, reads the configuration, puts the layers together,
 * and serves: one request as a CGI program, or connections until a signal as a FastCGI program.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>
#include <uv.h>

#include "app/assembly.h"
#include "app/config/config.h"
#include "app/descriptor_budget.h"
#include "app/stop_deadline.h"
#include "base/bounds.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "http/render/problem.h"
#include "server/cgi/front_cgi.h"
#include "server/fastcgi/front_fcgi.h"
#include "server/listen.h"
#include "server/parent.h"

enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_CHECK_CONFIG, OPTION_CONFIG, OPTION_SETTING };

static void
print_help(void)
{
	printf("Usage: plainchat [OPTION]...\n"
	       "\n"
	       "Chat for plain web hosts. Started by a web server, as FastCGI or CGI program, it "
	       "needs\n"
	       "no options; started by hand it serves FastCGI on the socket that --listen names.\n"
	       "\n"
	       "  --config=FILE          read this file, not the first of $PLAINCHAT_CONF,\n"
	       "                         plainchat.conf beside the executable, %s/plainchat.conf\n"
	       "  --check-config         print the settings in effect, and exit; 78 if one is bad\n"
	       "  --help                 print this, and exit\n"
	       "  --version              print the version, and exit\n"
	       "\n"
	       "Settings, over those of the environment (PLAINCHAT_KEY) and of the file:\n",
	       SYSCONFDIR);
	config_print_help(stdout);
	printf("\nplainchat(1) and plainchat.conf(5) say more.\n");
}

static void
report_to_terminal(const char *where, const char *what)
{
	fprintf(stderr, "plainchat: %s: %s\n", where, what);
}

static void
report_to_log(const char *where, const char *what)
{
	log_event(LOG_ERROR, "configuration_invalid",
	          LOG_FIELDS(log_text("where", where), log_text("error", what)));
}

/* Stops and frees, after what was given to `front`, which may be NULL, has left. In a bounded time,
 * whatever the store does: what hangs in it is left to the kernel, as by a kill, which no store
 * minds. */
static void
stop(struct assembly *assembly, struct front_fcgi *front, int status)
{
	int64_t begin_us = clock_now_us();
	bool has_hanging_reader = false;

	if (front != NULL) {
		stop_deadline_set(begin_us + BOUND_STOP_LAST_MS * 1000, status);
		has_hanging_reader = !front_fcgi_stop_reading(
			front, begin_us + BOUND_STOP_SECONDS * 1000000 + BOUND_STOP_STEP_MS * 1000);
	}
	bool is_over =
		assembly_stop(assembly, has_hanging_reader, begin_us + BOUND_STOP_STORE_MS * 1000);
	if (front != NULL)
		front_fcgi_stop(front, begin_us + BOUND_STOP_PEERS_MS * 1000);
	if (!is_over)
		stop_unfinished("the store does not answer", status);
	if (front != NULL)
		front_fcgi_free(front);
	assembly_free(assembly);
}

/* --- as a CGI program --- */

static enum err
serve_cgi(struct assembly *assembly)
{
	const struct front_cgi_settings settings = {
		.body_bytes_max = (size_t)assembly->config.body_bytes,
		.loop = assembly->has_loop ? &assembly->loop : NULL,
		.replies = assembly->rooms.replies,
		.stream_seconds = BOUND_STREAM_SECONDS_CGI,
	};

	return front_cgi_serve(&assembly->api, &settings);
}

static int
run_cgi(struct assembly *assembly)
{
	/* The arguments are the visitor's (RFC 3875, 4.4) and must not be options. */
	enum err err = config_read_file(&assembly->config, NULL, SYSCONFDIR, report_to_log);
	if (err == ERR_NONE)
		err = config_read_environment(&assembly->config, report_to_log);
	if (err == ERR_NONE)
		err = config_check(&assembly->config, report_to_log);
	if (err != ERR_NONE) {
		struct response *response =
			problem_response(PROBLEM_CONFIGURATION,
		                         "the chat is not configured correctly; its log says more");
		(void)!front_cgi_refuse(response);
		return EX_CONFIG;
	}
	log_set_level(assembly->config.log_level);
	err = assembly_start_cgi(assembly, front_cgi_wants_stream());
	if (err == ERR_NONE)
		err = serve_cgi(assembly);
	int status = err == ERR_NONE ? EXIT_SUCCESS : EX_IOERR;
	stop(assembly, NULL, status);
	return status;
}

/* --- as a FastCGI program --- */

/* SIGUSR1 is what web servers send for a soft stop, SIGHUP what a terminal sends as it closes. */
static const int stop_signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP };
#define STOP_SIGNAL_COUNT (sizeof(stop_signals) / sizeof(stop_signals[0]))

/* Blocks the stop signals, or lets them through, for this thread and those that it starts. */
static void
mask_stop_signals(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
		sigaddset(&signals, stop_signals[i]);
	pthread_sigmask(how, &signals, NULL);
}

static bool
is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void
on_stop_signal(uv_signal_t *handle, int number)
{
	log_event(LOG_INFO, "stopping", LOG_FIELDS(log_text("signal", strsignal(number))));
	uv_stop(handle->loop);
}

static void
run_until_signal(uv_loop_t *loop)
{
	uv_signal_t handles[STOP_SIGNAL_COUNT];

	for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
		if (uv_signal_init(loop, &handles[i]) != 0)
			abort();
		/* nohup(1) has it ignored. A shell has SIGINT ignored for what runs in the
		 * background, and that is not meant. */
		if (stop_signals[i] == SIGHUP && is_ignored(SIGHUP))
			continue;
		if (uv_signal_start(&handles[i], on_stop_signal, stop_signals[i]) != 0)
			abort();
	}
	/* On this thread only: the readers go on blocking them. */
	mask_stop_signals(SIG_UNBLOCK);
	uv_run(loop, UV_RUN_DEFAULT);
	mask_stop_signals(SIG_BLOCK);
	for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
		uv_close((uv_handle_t *)&handles[i], NULL);
	uv_run(loop, UV_RUN_NOWAIT);
}

/* `own` is the socket that we have made ourselves, or NULL. */
static int
serve_fcgi(struct assembly *assembly, int listen_fd, const struct listener *own)
{
	const struct config *config = &assembly->config;
	const struct front_fcgi_settings settings = {
		.threads = (unsigned)config->threads,
		/* Streams, and as many held requests, do not take the places of others. */
		.connections_max = (size_t)(config->connections + 2 * config->streams),
		.request_seconds = (unsigned)config->request_seconds,
		.body_bytes_max = (size_t)config->body_bytes,
	};
	struct front_fcgi *front = NULL;

	enum err err = assembly_start_fcgi(assembly);
	if (err == ERR_NONE)
		err = front_fcgi_start(listen_fd, &settings, &assembly->api, &assembly->loop,
		                       &front);
	if (err == ERR_NONE) {
		log_event(LOG_INFO, "started", LOG_FIELDS(log_text("version", VERSION)));
		run_until_signal(&assembly->loop);
		if (own != NULL)
			listen_remove(own);
	}
	int status = err == ERR_NONE ? EXIT_SUCCESS : EX_OSERR;
	stop(assembly, front, status);
	log_event(LOG_INFO, "stopped", NULL);
	return status;
}

/* As many descriptors as we may have, since a follower takes one, and what goes with so many. */
static void
use_all_descriptors(struct config *config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	descriptor_budget_apply(config, limit.rlim_max);
}

static int
run_fcgi(struct assembly *assembly)
{
	const char *path = assembly->config.listen;
	struct listener own;

	log_set_level(assembly->config.log_level);
	mask_stop_signals(SIG_BLOCK);
	/* Before the store is opened, which takes its time. */
	if (listen_is_socket(STDIN_FILENO))
		parent_watch(STDIN_FILENO);
	use_all_descriptors(&assembly->config);
	if (listen_is_socket(STDIN_FILENO))
		return serve_fcgi(assembly, STDIN_FILENO, NULL);
	if (path[0] == '\0') {
		fprintf(stderr, "plainchat: a web server starts this program; by hand it needs "
		                "--listen=/PATH/OF/A/SOCKET (see --help)\n");
		return EX_USAGE;
	}
	if (listen_open(path, &own) != ERR_NONE)
		return EX_OSERR;
	int status = serve_fcgi(assembly, own.fd, &own);
	close(own.fd);
	return status;
}

/* --- options --- */

/* The exit status after something was printed. */
static int
printed(void)
{
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EX_IOERR;
}

/* What the options ask for. */
struct wish {
	const char *config_file;
	bool check_only;
	const char *values[CONFIG_SETTING_COUNT]; /* of settings; NULL where there is no option */
};

/* Fills in the wish. Returns -1, or the exit status if there is nothing more to do. */
static int
read_options(int argc, char *argv[], struct wish *wish)
{
	struct option options[CONFIG_SETTING_COUNT + 5] = {
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "check-config", no_argument, NULL, OPTION_CHECK_CONFIG },
		{ "config", required_argument, NULL, OPTION_CONFIG },
	};
	char names[CONFIG_SETTING_COUNT][CONFIG_NAME_BYTES];
	int option;

	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		config_option_name(i, names[i]);
		options[4 + i] = (struct option){ names[i], required_argument, NULL,
			                          OPTION_SETTING + (int)i };
	}
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_HELP: print_help(); return printed();
		case OPTION_VERSION: printf("plainchat %s\n", VERSION); return printed();
		case OPTION_CHECK_CONFIG: wish->check_only = true; break;
		case OPTION_CONFIG: wish->config_file = optarg; break;
		case '?': return EX_USAGE;
		default: wish->values[option - OPTION_SETTING] = optarg;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "plainchat: %s: there are no arguments but options\n",
		        argv[optind]);
		return EX_USAGE;
	}
	return -1;
}

/* File, environment, options, each over the one before. All errors are reported, not the first. */
static enum err
read_config(struct config *config, const struct wish *wish, config_report_function report)
{
	enum err result = config_read_file(config, wish->config_file, SYSCONFDIR, report);

	if (config_read_environment(config, report) != ERR_NONE)
		result = ERR_CONFIG;
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		char where[2 + CONFIG_NAME_BYTES] = "--";
		if (wish->values[i] == NULL)
			continue;
		config_option_name(i, where + 2);
		if (config_set(config, config_key(i), wish->values[i], where, CONFIG_FROM_OPTION,
		               report) != ERR_NONE)
			result = ERR_CONFIG;
	}
	return result == ERR_NONE ? config_check(config, report) : result;
}

int
main(int argc, char *argv[])
{
	static struct assembly assembly;
	struct wish wish = { 0 };

	descriptors_open_standard();
	signal(SIGPIPE, SIG_IGN);
	/* A file that must not grow any more is an error of the store like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	/* Before there are threads: after it all of libsodium may be used by any of them. */
	if (sodium_init() < 0)
		abort();
	config_init(&assembly.config);
	if (front_cgi_is_wanted() && !listen_is_socket(STDIN_FILENO))
		return run_cgi(&assembly);

	int status = read_options(argc, argv, &wish);
	if (status >= 0)
		return status;
	bool by_hand = isatty(STDERR_FILENO) || wish.check_only;
	if (read_config(&assembly.config, &wish, by_hand ? report_to_terminal : report_to_log) !=
	    ERR_NONE)
		return EX_CONFIG;
	if (wish.check_only) {
		config_print(&assembly.config, stdout);
		return printed();
	}
	return run_fcgi(&assembly);
}
