// SPDX-License-Identifier: BSD-2-Clause
/* A folder of WAV files per class, or files named CLASS_*.wav. */
#include <errno.h>
#include <stdlib.h>

#include "audio.h"
#include "dataset.h"
#include "diag.h"
#include "folder.h"

struct wav {
	struct axp_folder folder;
	struct axp_features *features;
};

static int wav_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	struct wav *wav = calloc(1, sizeof(*wav));
	struct axp_audio audio;
	uint64_t dims[3];
	uint32_t ndim;
	int err;

	data->priv = wav;
	if (!wav)
		return axp_fail(diag, -ENOMEM, "out of memory");
	if (!data->audio)
		return axp_fail(diag, -EINVAL,
				"%s: what the net takes of sound is not known: audio settings are needed",
				arg);
	err = axp_audio_parse(&audio, data->audio, diag);
	if (err)
		return err;
	ndim = axp_audio_dims(&audio, dims);
	err = axp_dataset_shape(data, arg, dims, ndim, false, diag);
	if (!err)
		err = axp_folder_read(&wav->folder, data, arg, ".wav or .wave", axp_sound_name,
				      true, diag);
	if (!err)
		err = axp_features_new(&wav->features, &audio, diag);
	if (err)
		return err;
	data->raw_count = wav->folder.files.n;
	data->labelled = wav->folder.label;
	return 0;
}

static int wav_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		   struct axp_diag *diag)
{
	const struct wav *wav = data->priv;
	const char *path = wav->folder.files.v[index];
	struct axp_sound *sound;
	int err;

	err = axp_sound_read(&sound, path, diag);
	if (err)
		return err;
	err = axp_features_get(wav->features, sound, path, x, diag);
	axp_sound_free(sound);
	if (data->labelled)
		*label = wav->folder.label[index];
	return err;
}

static const char *wav_class_name(const struct axp_dataset *data, uint32_t label)
{
	const struct wav *wav = data->priv;

	return label < wav->folder.classes.n ? wav->folder.classes.v[label] : NULL;
}

static void wav_close(struct axp_dataset *data)
{
	struct wav *wav = data->priv;

	if (!wav)
		return;
	axp_folder_drop(&wav->folder);
	axp_features_free(wav->features);
	free(wav);
}

const struct axp_dataset_ops axp_dataset_wav = {
	.kind = "wav",
	.scale = 1,
	.open = wav_open,
	.get = wav_get,
	.class_name = wav_class_name,
	.close = wav_close,
};
