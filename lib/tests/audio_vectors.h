/* SPDX-License-Identifier: BSD-2-Clause */
/* Written by audio_vectors.py: do not edit. */
static const struct vector {
	const char *what;
	uint32_t rate, n;
	const char *spec;
	uint32_t step, count;
	float v[64];
} vectors[] = {
	{
		"a spoken-digit net: log-mel", 8000, 7001,
		"logmel,rate=8000,length=8000,fit=centre,peak=abs,frame=256,hop=160,spectrum=power,mels=32,fmin=60,fmax=3800,triangle=hz",
		25, 1568, {
			-1.38155106e+01f, -1.38155106e+01f, -1.38155106e+01f, -1.24893692e+01f, -5.33698385e+00f, -2.62469819e+00f,
			-1.46584896e+00f, -1.04398021e+00f, -3.48291134e+00f, -2.44837861e-01f, 6.02430006e-01f, 1.74869816e-01f,
			-3.82037566e-01f, -2.52825211e-01f, 2.01671987e+00f, 1.80222979e+00f, 1.56903085e+00f, -8.69535122e-01f,
			7.27898477e-01f, 1.97528992e+00f, 2.12122020e+00f, 2.32757402e+00f, 5.99714223e-01f, 2.99734412e+00f,
			3.33220300e+00f, 2.56599533e+00f, 1.12307414e+00f, 2.73775600e+00f, 3.13570961e+00f, 2.89938541e+00f,
			3.13764621e+00f, 3.04959455e+00f, 2.74848667e+00f, 3.53960562e+00f, 2.96736906e+00f, 2.43944102e+00f,
			1.60532508e+00f, 4.67956777e+00f, 4.03578738e+00f, 3.58333165e+00f, 6.63381401e-01f, 3.58064005e+00f,
			4.24798262e+00f, 3.44496949e+00f, 2.70778829e+00f, 2.58040658e+00f, 4.94025838e+00f, 4.47237723e+00f,
			4.05052000e+00f, 1.57490013e+00f, 3.08338618e+00f, 4.26725145e+00f, 4.27089169e+00f, 4.46025379e+00f,
			2.54127884e+00f, 4.96752180e+00f, 5.20744813e+00f, 4.35643723e+00f, 2.89220179e+00f, 2.82334908e+00f,
			4.61135033e+00f, -1.38155106e+01f, -1.38155106e+01f,
		},
	},
	{
		"MLPerf Tiny: MFCC", 16000, 15000,
		"mfcc",
		9, 490, {
			-1.14611991e+01f, 1.18055359e-01f, 4.49705992e-02f, 6.87670670e-01f, -2.05547030e-02f, 3.31893429e-01f,
			-1.12993306e-01f, -2.79233355e-01f, -2.71312884e-01f, -2.30151977e+00f, 9.76540241e+00f, 3.12410208e-01f,
			-2.67659752e-01f, 4.51331864e-02f, -5.24280751e-01f, -6.74560935e-01f, -7.11580304e-01f, -6.00898867e-01f,
			-2.99202959e-01f, -3.06069533e+00f, 1.69447128e+01f, 1.14723207e-01f, 9.10230274e-01f, -1.20527878e-01f,
			7.45541994e-02f, -1.45763681e-01f, -8.57526850e-01f, 3.66477617e-01f, 1.36966066e+00f, -3.54486757e+00f,
			2.14644965e+01f, 1.02507699e-01f, 2.02485410e-01f, 2.28962345e-01f, 2.64723526e-01f, 6.51993630e-01f,
			-1.87182798e-01f, -5.85380142e-01f, -1.52736308e-01f, -2.60485018e+00f, 2.22630012e+01f, -3.75612154e-02f,
			5.30639393e-01f, 5.38962327e-01f, 4.72796396e-01f, -2.06102261e-01f, 7.15610338e-02f, -6.84987274e-01f,
			1.30637131e+00f, -2.27063569e+00f, 2.50428716e+01f, -2.93063310e-01f, -5.58547985e-01f, 9.60531782e-16f,
			1.34719534e-14f,
		},
	},
	{
		"lifter, zeros outside, [feature, time]", 2000, 90,
		"mfcc,rate=2000,length=120,fit=end,peak=none,frame=30,hop=30,edges=zero,window=blackman,fft=30,spectrum=power,mels=5,fmin=50,fmax=900,log=log10,offset=0.5,norm=ortho,coefficients=5,lifter=22,layout=ft",
		1, 25, {
			-6.73123534e-01f, -6.64521999e-01f, 1.68897938e-01f, 7.69860092e-01f, 5.87524494e-01f, -7.41755708e-17f,
			2.83122558e-02f, -5.58608204e-01f, -6.41305334e-01f, -1.91882359e+00f, 4.06795365e-17f, 3.48055629e-02f,
			-1.59893591e+00f, 6.79458683e-01f, 5.75507541e-01f, -2.26573959e-16f, 3.06064855e-02f, 1.66421480e+00f,
			-1.08749483e+00f, -6.94326569e-01f, 4.59005699e-16f, 1.82461918e-02f, -8.72461613e-02f, 1.22880495e+00f,
			5.13889653e-01f,
		},
	},
	{
		"log-mel without a window or a logarithm", 1000, 64,
		"logmel,rate=1000,length=64,peak=none,frame=32,hop=16,window=rect,fft=32,mels=4,fmin=0,fmax=500,log=none,floor=0.25,offset=0",
		1, 12, {
			2.08064184e+00f, 3.84011298e+00f, 2.46790598e+00f, 2.38683576e+00f, 2.14266250e+00f, 4.15685642e+00f,
			7.47712994e+00f, 6.87078686e+00f, 4.28987151e+00f, 4.80608635e+00f, 8.29714431e+00f, 1.28993979e+01f,
		},
	},
	{
		"the samples themselves", 10, 6,
		"wave,rate=10,length=8,fit=centre,peak=abs",
		1, 8, {
			0.00000000e+00f, -2.27272727e-01f, -4.44444444e-01f, -6.40909091e-01f, -8.06060606e-01f, -9.29292929e-01f,
			-1.00000000e+00f, 0.00000000e+00f,
		},
	},
	{
		"DCT 1, as FFTW has it", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=1,norm=none",
		1, 24, {
			-1.48909835e+01f, -1.97083498e+01f, -3.90740156e+00f, -1.38977221e+01f, -5.22217570e+01f, 1.77542970e+01f,
			-9.54564753e+00f, -1.88695974e+01f, -5.17176228e+01f, -2.00506540e+00f, 4.29102728e+00f, -8.69597723e+00f,
			-3.63757048e+00f, -2.50652087e+00f, -4.52434666e+00f, -1.25780040e+00f, -4.12387217e+01f, -3.12244075e+01f,
			-1.02027657e+01f, -9.89469866e+00f, -3.84218167e+01f, -8.36403485e+00f, -2.12647478e+01f, 1.67659810e+01f,
		},
	},
	{
		"DCT 1, orthonormal", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=1,norm=ortho",
		1, 24, {
			-5.15229744e+00f, -1.42940123e+01f, -1.98161044e+00f, -1.26166285e+01f, -1.75573992e+01f, -3.07980449e+00f,
			-5.23786753e+00f, -1.36522121e+01f, -1.74285439e+01f, -8.48596347e+00f, -1.26023931e+00f, -1.04174633e+01f,
			-1.59855549e+00f, -8.58977630e+00f, -1.85454572e+00f, -8.22930175e+00f, -1.42941391e+01f, -1.75175954e+01f,
			-5.33483035e+00f, -1.13602389e+01f, -1.34492373e+01f, -9.75371616e+00f, -8.49641818e+00f, -2.49930546e+00f,
		},
	},
	{
		"DCT 2, as FFTW has it", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=2,norm=none",
		1, 24, {
			-2.08618597e+01f, -2.68343010e+01f, -4.93824029e+00f, -8.87310433e+00f, -6.86852262e+01f, 1.31106013e+01f,
			-8.57446534e+00f, -2.50714365e+01f, -6.81314505e+01f, -6.94946810e+00f, 1.00968273e+00f, -1.09619519e+01f,
			-8.08574115e+00f, -6.25674522e+00f, -7.60277347e+00f, -4.96077589e+00f, -5.79830062e+01f, -4.30124446e+01f,
			-1.35136823e+01f, -8.18159512e+00f, -5.53603997e+01f, -1.79672894e+00f, -2.25828817e+01f, 2.24253389e+01f,
		},
	},
	{
		"DCT 2, orthonormal", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=2,norm=ortho",
		1, 24, {
			-5.57556654e+00f, -7.17176862e+00f, -1.31980023e+00f, -2.37143688e+00f, -1.83568989e+01f, 3.50395559e+00f,
			-2.29162226e+00f, -6.70062325e+00f, -1.82088961e+01f, -1.85732347e+00f, 2.69849060e-01f, -2.92970488e+00f,
			-2.16100522e+00f, -1.67218550e+00f, -2.03192668e+00f, -1.32582312e+00f, -1.54966103e+01f, -1.14955594e+01f,
			-3.61168352e+00f, -2.18662327e+00f, -1.47956892e+01f, -4.80196008e-01f, -6.03552902e+00f, 5.99342392e+00f,
		},
	},
	{
		"DCT 3, as FFTW has it", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=3,norm=none",
		1, 24, {
			7.07451592e+01f, -6.82769897e+01f, 2.85039743e+01f, -3.30048164e+01f, 4.46809671e+01f, -1.95012657e+01f,
			1.43842725e+01f, -3.64597817e+01f, 3.21063130e+01f, -3.52233200e+01f, 2.69056297e+01f, -2.03665391e+01f,
			8.45489105e+01f, -5.14694758e+01f, 2.60750243e+01f, -2.10282371e+01f, 3.09218494e+01f, -6.82106839e+01f,
			1.53645941e+01f, -2.55644542e+01f, 5.03114664e+01f, -4.84277701e+01f, -4.34767224e-01f, 2.60397485e+00f,
		},
	},
	{
		"DCT 3, orthonormal", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=3,norm=ortho",
		1, 24, {
			1.45290773e+01f, -2.26261549e+01f, 3.23964576e+00f, -1.31992700e+01f, 6.99422988e+00f, -1.01591934e+01f,
			-1.10290236e+00f, -1.46915474e+01f, 3.76368337e+00f, -1.42309180e+01f, 2.37374229e+00f, -1.02602763e+01f,
			1.87014044e+01f, -1.76510384e+01f, 3.07360095e+00f, -9.51527520e+00f, 3.22153321e+00f, -2.32727508e+01f,
			-9.36318167e-01f, -1.18750664e+01f, 8.95744702e+00f, -1.74317239e+01f, -4.60505439e+00f, -3.79291641e+00f,
		},
	},
	{
		"DCT 4, as FFTW has it", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=4,norm=none",
		1, 24, {
			6.74229140e+01f, -7.53282138e+01f, 4.13361883e+01f, -4.75819809e+01f, 5.59399169e+01f, -3.33472590e+01f,
			8.40238906e+00f, -3.93353148e+01f, 3.76477727e+01f, -4.08195112e+01f, 2.80342923e+01f, -4.36761983e+01f,
			8.59279960e+01f, -6.44171083e+01f, 3.63302449e+01f, -3.98169581e+01f, 2.22347240e+01f, -7.44929055e+01f,
			2.79345089e+01f, -3.86786209e+01f, 5.89141660e+01f, -6.04877348e+01f, 3.03521971e+01f, -3.41874898e+00f,
		},
	},
	{
		"DCT 4, orthonormal", 4000, 500,
		"mfcc,rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,offset=0,first=1,coefficients=4,dct=4,norm=ortho",
		1, 24, {
			1.80195317e+01f, -2.01323120e+01f, 1.10475610e+01f, -1.27168193e+01f, 1.49505717e+01f, -8.91242985e+00f,
			2.24563294e+00f, -1.05128051e+01f, 1.00617905e+01f, -1.09094733e+01f, 7.49247977e+00f, -1.16729550e+01f,
			2.29652229e+01f, -1.72161964e+01f, 9.70966637e+00f, -1.06415297e+01f, 5.94247995e+00f, -1.99090664e+01f,
			7.46581154e+00f, -1.03372962e+01f, 1.57454732e+01f, -1.61660271e+01f, 8.11196588e+00f, -9.13699099e-01f,
		},
	},
};
