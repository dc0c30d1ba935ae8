/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folder: labelled files, in a folder per class or with the class in their names.
 */
#ifndef AXP_LIB_FOLDER_H
#define AXP_LIB_FOLDER_H

#include "dataset.h"

/**
 * struct axp_names - a growing list of names
 * @v: names
 * @n: of @v
 * @room: of @v
 */
struct axp_names {
	char **v;
	uint64_t n, room;
};

/* the first @len bytes of @name become its last one */
int axp_names_add(struct axp_names *names, const char *name, size_t len,
		  struct axp_diag *diag) AXP_MUST_CHECK;
/* a list with commas, none of them empty or twice the same */
int axp_names_split(struct axp_names *names, const char *text,
		    struct axp_diag *diag) AXP_MUST_CHECK;
void axp_names_drop(struct axp_names *names);

/**
 * struct axp_folder - files and their labels
 * @classes: names of the classes: those of the net, else those found
 * @files: paths
 * @label: one per file; NULL: files without labels
 */
struct axp_folder {
	struct axp_names classes;
	struct axp_names files;
	uint32_t *label;
};

/**
 * axp_folder_read() - list a folder
 * @folder: zero; axp_folder_drop() after success and failure
 * @data: dataset being opened: names of the classes, number of them, whether labels
 *	are needed
 * @dir: path
 * @what: the names of its files, for messages: ".wav or .wave"
 * @is_file: is this the name of such a file?
 * @named: files named CLASS_*.* may take the place of folders of classes
 * @diag: message
 *
 * Names that begin with a dot are left out; what else is neither a folder of a class nor
 * such a file is refused. Classes are labelled in the order of the names of the net's
 * classes, where those are known (their numbers stand for them); else in the order of
 * the bytes of their own names. When labels are needed, every class must be there; when they are not, @dir may hold files alone.
 *
 * Return: 0; errors of opendir(3); -EINVAL; -ENODATA nothing there; -E2BIG; -ENOMEM.
 */
int axp_folder_read(struct axp_folder *folder, const struct axp_dataset *data, const char *dir,
		    const char *what, bool (*is_file)(const char *name), bool named,
		    struct axp_diag *diag) AXP_MUST_CHECK;
void axp_folder_drop(struct axp_folder *folder);

#endif /* AXP_LIB_FOLDER_H */
