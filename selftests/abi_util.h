/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every command of the ABI: a valid call of it, and what its fields are. Tests
 * take the valid call and break one thing. A new command is a row of
 * abi_commands[] and a case of abi_fill(), a new field a row of abi_fields[].
 */
#ifndef ABI_UTIL_H
#define ABI_UTIL_H

#include "axp_util.h"

enum abi_command_nr {
	ABI_GET_CAPS,
	ABI_BUF_CREATE,
	ABI_TABLE_CREATE,
	ABI_TABLE_WRITE,
	ABI_WEIGHTS_CREATE,
	ABI_DESTROY,
	ABI_SUBMIT,
	ABI_WAIT,
	ABI_QUERY_STATS,
	ABI_TABLE_FAULTS,
	ABI_QUERY_FAULTS,
	NR_ABI_COMMANDS
};

/**
 * struct abi_command - a command
 * @name: without AXP_IOC_
 * @cmd: its number
 * @first: size of its structure in the first version
 * @why: offset of struct axp_why, 0: none
 * @in: the kernel reads the structure
 * @errors: what it may fail with, 0 at the end
 */
struct abi_command {
	const char *name;
	unsigned long cmd;
	size_t first;
	size_t why;
	bool in;
	int errors[16];
};

extern const struct abi_command abi_commands[NR_ABI_COMMANDS];

/* Where a field lies: in the command's structure, or in an element of its array. */
enum abi_place {
	ABI_ARG,
	ABI_ROW,
	ABI_JOB,
	ABI_FAULT,
	NR_ABI_PLACES
};

enum abi_kind {
	ABI_FLAGS,		/* @known bits, any other is EINVAL */
	ABI_RSVD,		/* not zero is EINVAL */
	ABI_VALUE,		/* below @known, any other is EOPNOTSUPP */
	ABI_POINTER,		/* of user memory that is read */
	ABI_ELEMENT,		/* size of an element, at least @known */
	ABI_OFFSET,		/* into a buffer, a multiple of 4 */
	ABI_BUFFER,		/* handles; 0 allowed if @known */
	ABI_TABLE,
	ABI_WEIGHTS,
	ABI_ANY_HANDLE,
	ABI_ANY,		/* of itself no value is wrong, or refusal_test has a test */
	ABI_RESULT,		/* what goes in is not looked at */
};

/**
 * struct abi_field - a field that can be wrong by itself
 * @name: its name
 * @command: command
 * @place: where it lies
 * @op: in a job: operation it belongs to, or -1
 * @kind: what it is
 * @offset: in its structure
 * @size: bytes; 4 or 8 of what can be wrong
 * @known: see enum abi_kind
 * @why: enum axp_reason, 0: the command carries none
 */
struct abi_field {
	const char *name;
	enum abi_command_nr command;
	enum abi_place place;
	int op;
	enum abi_kind kind;
	size_t offset;
	size_t size;
	uint64_t known;
	uint32_t why;
};

/* a field without a name ends them; they leave no byte out */
extern const struct abi_field abi_fields[];
/* word @word of axp_job.pad past the shape of @op, from 0; false: there is none */
bool abi_pad(uint32_t op, unsigned int word, struct abi_field *field);
/* bytes of what lies at @place of a call, 0: nothing does */
size_t abi_place_bytes(enum abi_command_nr nr, enum abi_place place);

#define ABI_BYTES	16384

/**
 * struct abi - a client with one object of each kind, and a call
 * @fd: file
 * @rows: two rows of the table
 * @codebook: centroids
 * @index: weights
 * @bias: biases
 * @act: activations
 * @out: results
 * @table: handle
 * @weights: handle
 * @spare: handle to destroy, 0: none
 * @op: of the jobs
 * @jobs: two jobs that are the same
 * @faults: two faults that change nothing
 * @arg: argument of the call, zeros behind it
 */
struct abi {
	int fd;
	struct axp_row rows[2];
	uint32_t codebook[4];
	uint8_t index[16];
	uint32_t bias[4];
	struct axp_mem act;
	struct axp_mem out;
	uint32_t table;
	uint32_t weights;
	uint32_t spare;
	uint32_t op;
	struct axp_job jobs[2];
	struct axp_fault faults[2];
	union {
		struct axp_caps caps;
		struct axp_buf_create buf_create;
		struct axp_table_create table_create;
		struct axp_table_write table_write;
		struct axp_weights_create weights_create;
		struct axp_destroy destroy;
		struct axp_submit submit;
		struct axp_wait wait;
		struct axp_query_stats query;
		struct axp_table_faults table_faults;
		struct axp_query_faults query_faults;
		char bytes[ABI_BYTES];
	} arg;
};

/* 0 or a negative errno; @fd is the caller's */
int abi_init(struct abi *abi, int fd);
void abi_unmap(struct abi *abi);
/* a valid call */
void abi_fill(struct abi *abi, enum abi_command_nr nr);
int abi_call(struct abi *abi, enum abi_command_nr nr);
/* drop what a successful call made */
void abi_undo(struct abi *abi, enum abi_command_nr nr);
struct axp_why abi_why(const struct abi *abi, enum abi_command_nr nr);
/* the second element of an array, or the argument itself */
void *abi_place(struct abi *abi, enum abi_place place);
bool abi_documented(enum abi_command_nr nr, int err);

#endif /* ABI_UTIL_H */
