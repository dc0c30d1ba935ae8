// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Constants of the energy presets, zeptojoule (1e-21 J) and nanometre.
 *
 * 1 pJ = 1e9 zJ, 1 fJ = 1e6 zJ: every published digit is kept. Sources and
 * what was scaled: Documentation/energy.rst. The pitch of processing elements
 * is an assumption, 0.1 mm in every preset, and so is the layout of broadcast
 * lanes; their areas and their gates are Aladdin's at 40 nm, scaled.
 */
#include "energy.h"

static const struct axp_energy_model presets[] = {
	/* Horowitz, ISSCC 2014, 45 nm, 0.9 V; arrays: CACTI 7, 45 nm HP */
	[AXP_PRESET_H45] = {
		.mul = 3700000000LL,
		.add = 900000000,
		.int32_add = 100000000,
		.exp_add = 30000000,
		.zero_detect = 10000000,
		.cam_c0 = 107740600,
		.cam_cr = 20677700,
		.cam_cb = 7917900,
		.cam_crb = 989400,
		.lut_a = 345420000,
		.lut_b = 957500,
		.camw_c0 = -12582700,
		.camw_cb = 8424300,
		.camw_crb = 345900,
		.lutw_a = 398930000,
		.lutw_b = 4221300,
		.wire = 81000000,
		.row_pitch = 450,
		.pe_pitch = 100000,
		.gate = 656000,
		.lut_width = 750,
		.lane_pitch = 20080,
		.lane_pitch_f32 = 34860,
	},
	/* h45 scaled to 28 nm (Stillmaker and Baas 2017); arrays: CACTI 7, 28 nm HP */
	[AXP_PRESET_S28] = {
		.mul = 1874400000,
		.add = 455900000,
		.int32_add = 50700000,
		.exp_add = 15200000,
		.zero_detect = 5070000,
		.cam_c0 = 46827800,
		.cam_cr = 9759700,
		.cam_cb = 3816100,
		.cam_crb = 542500,
		.lut_a = 178270000,
		.lut_b = 595500,
		.camw_c0 = -13589400,
		.camw_cb = 6254900,
		.camw_crb = 162800,
		.lutw_a = 211970000,
		.lutw_b = 2483100,
		.wire = 81000000,
		.row_pitch = 280,
		.pe_pitch = 100000,
		.gate = 333000,
		.lut_width = 750,
		.lane_pitch = 12490,
		.lane_pitch_f32 = 21690,
	},
	/* FPnew FMA, 22 nm, 0.8 V, split 70:30; arrays: CACTI 7, 22 nm HP */
	[AXP_PRESET_FPNEW22] = {
		.mul = 6608000000LL,
		.add = 2832000000LL,
		.int32_add = 205200000,
		.exp_add = 61600000,
		.zero_detect = 2410000,
		.cam_c0 = 26829700,
		.cam_cr = 5044900,
		.cam_cb = 1873400,
		.cam_crb = 324300,
		.lut_a = 100250000,
		.lut_b = 365000,
		.camw_c0 = -7607100,
		.camw_cb = 4038000,
		.camw_crb = 79400,
		.lutw_a = 122770000,
		.lutw_b = 1497700,
		.wire = 64000000,
		.row_pitch = 220,
		.pe_pitch = 100000,
		.gate = 158000,
		.lut_width = 750,
		.lane_pitch = 9820,
		.lane_pitch_f32 = 17040,
	},
	/* FPMax silicon FMA, 28 nm FDSOI, split 70:30; arrays as s28 */
	[AXP_PRESET_FPMAX28] = {
		.mul = 13209000000LL,
		.add = 5661000000LL,
		.int32_add = 410200000,
		.exp_add = 123100000,
		.zero_detect = 5070000,
		.cam_c0 = 46827800,
		.cam_cr = 9759700,
		.cam_cb = 3816100,
		.cam_crb = 542500,
		.lut_a = 178270000,
		.lut_b = 595500,
		.camw_c0 = -13589400,
		.camw_cb = 6254900,
		.camw_crb = 162800,
		.lutw_a = 211970000,
		.lutw_b = 2483100,
		.wire = 81000000,
		.row_pitch = 280,
		.pe_pitch = 100000,
		.gate = 333000,
		.lut_width = 750,
		.lane_pitch = 12490,
		.lane_pitch_f32 = 21690,
	},
	/* Aladdin power models, 40 nm; arrays: CACTI 7, 40 nm HP */
	[AXP_PRESET_AL40] = {
		.mul = 24400000000LL,
		.add = 7928000000LL,
		.int32_add = 702800000,
		.exp_add = 210800000,
		.zero_detect = 10000000,
		.cam_c0 = 89076700,
		.cam_cr = 17089000,
		.cam_cb = 6423000,
		.cam_crb = 882700,
		.lut_a = 291400000,
		.lut_b = 844000,
		.camw_c0 = -10834200,
		.camw_cb = 7264700,
		.camw_crb = 302600,
		.lutw_a = 338980000,
		.lutw_b = 3685300,
		.wire = 81000000,
		.row_pitch = 400,
		.pe_pitch = 100000,
		.gate = 566000,
		.lut_width = 750,
		.lane_pitch = 17850,
		.lane_pitch_f32 = 30990,
	},
	/* Jouppi et al., ISCA 2021, 7 nm; arrays: CACTI 7, 45 nm, scaled */
	[AXP_PRESET_J7] = {
		.mul = 1310000000,
		.add = 380000000,
		.int32_add = 30000000,
		.exp_add = 7000000,
		.zero_detect = 3540000,
		.cam_c0 = 38146000,
		.cam_cr = 7321000,
		.cam_cb = 2803300,
		.cam_crb = 350300,
		.lut_a = 122300000,
		.lut_b = 339000,
		.camw_c0 = -4455000,
		.camw_cb = 2982700,
		.camw_crb = 122500,
		.lutw_a = 141240000,
		.lutw_b = 1494600,
		.wire = 49000000,
		.row_pitch = 70,
		.pe_pitch = 100000,
		.gate = 232000,
		.lut_width = 750,
		.lane_pitch = 3120,
		.lane_pitch_f32 = 5420,
	},
};

static const char *const preset_names[] = {
	[AXP_PRESET_DEVICE] = "device",
	[AXP_PRESET_H45] = "h45",
	[AXP_PRESET_S28] = "s28",
	[AXP_PRESET_FPNEW22] = "fpnew22",
	[AXP_PRESET_FPMAX28] = "fpmax28",
	[AXP_PRESET_AL40] = "al40",
	[AXP_PRESET_J7] = "j7",
	[AXP_PRESET_CUSTOM] = "custom",
};

static const struct {
	const char *name;
	int kappa;	/* thousandths */
} cam_classes[] = {
	[AXP_CAM_DEVICE] = { "device", -1 },
	/* CACTI 7 full-swing NOR array as is */
	[AXP_CAM_NOR] = { "nor", 1000 },
	/* scaled so that 28 nm 64x64 at 1.0 V searches at 0.6 fJ/bit (Jeloka 2016) */
	[AXP_CAM_SILICON28] = { "silicon28", 575 },
	/* scaled so that 65 nm 128x64 searches at 0.6 fJ/bit (Lee 2021) */
	[AXP_CAM_LOWPOWER] = { "lowpower", 190 },
	/* a bound */
	[AXP_CAM_ZERO] = { "zero", 0 },
};

#define FIELD_ZJ(f) { #f "_zj", offsetof(struct axp_energy_model, f), 0, AXP_ENERGY_MAX_ZJ }
#define FIELD_NM(f) { #f "_nm", offsetof(struct axp_energy_model, f), 0, AXP_PITCH_MAX_NM }

const struct axp_energy_field axp_energy_fields[AXP_NR_ENERGY_FIELDS] = {
	FIELD_ZJ(mul),
	FIELD_ZJ(add),
	FIELD_ZJ(int32_add),
	FIELD_ZJ(exp_add),
	FIELD_ZJ(zero_detect),
	FIELD_ZJ(cam_c0),
	FIELD_ZJ(cam_cr),
	FIELD_ZJ(cam_cb),
	FIELD_ZJ(cam_crb),
	FIELD_ZJ(lut_a),
	FIELD_ZJ(lut_b),
	/* of a linear fit: negative in every preset */
	{ "camw_c0_zj", offsetof(struct axp_energy_model, camw_c0),
	  -AXP_ENERGY_MAX_ZJ, AXP_ENERGY_MAX_ZJ },
	FIELD_ZJ(camw_cb),
	FIELD_ZJ(camw_crb),
	FIELD_ZJ(lutw_a),
	FIELD_ZJ(lutw_b),
	FIELD_ZJ(wire),
	FIELD_NM(row_pitch),
	FIELD_NM(pe_pitch),
	FIELD_ZJ(gate),
	{ "lut_width_permille", offsetof(struct axp_energy_model, lut_width), 0, AXP_PERMILLE },
	FIELD_NM(lane_pitch),
	FIELD_NM(lane_pitch_f32),
};

const struct axp_energy_model *axp_energy_preset(u32 preset)
{
	if (preset < AXP_PRESET_H45 || preset > AXP_PRESET_J7)
		return NULL;
	return &presets[preset];
}

const char *axp_energy_preset_name(u32 preset)
{
	return preset < ARRAY_SIZE(preset_names) ? preset_names[preset] : NULL;
}

const char *axp_energy_cam_class_name(u32 cam_class)
{
	return cam_class < ARRAY_SIZE(cam_classes) ? cam_classes[cam_class].name : NULL;
}

int axp_energy_kappa(u32 cam_class)
{
	return cam_class < ARRAY_SIZE(cam_classes) ? cam_classes[cam_class].kappa : -1;
}
