#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Inputs: sound, pictures and arrays as users have them; what the model stores about
# them; classes; refusals.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

mkdir "$tmp/tones" "$tmp/pictures"
/usr/bin/python3 - "$tmp" <<'PY'
import math, os, struct, sys, wave, zipfile
tmp = sys.argv[1]
def tone(path, hz, rate=4000, n=2000):
    with wave.open(path, "wb") as f:
        f.setparams((1, 2, rate, n, "NONE", ""))
        f.writeframes(b"".join(struct.pack("<h", round(9000 * math.sin(2 * math.pi * hz * i / rate)))
                               for i in range(n)))
for name, hz in ("low", 150), ("middle", 600), ("high", 1500):
    os.mkdir(f"{tmp}/tones/{name}")
    for i in range(4):
        tone(f"{tmp}/tones/{name}/{i}.wav", hz * (1 + i / 20), n=1000 + 400 * i)
tone(tmp + "/seven.wav", 640)
tone(tmp + "/fast.wav", 640, rate=44100)
tone(tmp + "/spoken.wav", 640, rate=8000, n=5000)
for digit in range(10):
    os.mkdir(f"{tmp}/pictures/{digit}")
    for i in range(4):
        v = [(j * (digit + 3) + i) * 7 % 17 for j in range(12 * 10)]
        with open(f"{tmp}/pictures/{digit}/{i}.pgm", "w") as f:
            f.write("P2\n12 10\n16\n" + " ".join(map(str, v)) + "\n")
def npy(descr, shape, raw):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + raw
x = bytes(i * 31 % 17 for i in range(40 * 64))
with zipfile.ZipFile(tmp + "/digits.npz", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("x.npy", npy("|u1", (40, 8, 8), x))
    z.writestr("y.npy", npy("|u1", (40,), bytes(i % 10 for i in range(40))))
with open(tmp + "/digits.csv", "w") as f:
    for i in range(40):
        f.write(",".join(map(str, list(x[64 * i:64 * i + 64]) + [i % 10])) + "\n")
PY

# --- sound

audio=logmel,rate=4000,length=2000,fit=centre,peak=abs,frame=500,hop=500,mels=6,fmin=50,fmax=2000
/usr/bin/python3 "$here/onnx.py" tones >"$tmp/tones.onnx"
serve "compile with sound" '^fc +MatMul' "$AXP" compile "$tmp/tones.onnx" --calib "wav:$tmp/tones" \
	--audio $audio --classes low,middle,high --organisation shared -o "$tmp/t.onnx"
serve "all settings are stored" 'axp.input.audio": "logmel,rate=4000,length=2000,fit=centre,.*,fft=512,.*offset=1e-06' \
	"$AXP" info --json - "$tmp/t.onnx"
serve "so are the names" 'axp.classes": "low,middle,high"' "$AXP" info --json - "$tmp/t.onnx"
# shellcheck disable=SC2317 # called by serve and refuse
infer() { "$AXP" infer "$tmp/t.onnx" --backend soft "$@"; }
serve "infer names what it hears" 'seven.wav: middle [0-9.]+%, ' infer "$tmp/seven.wav"
serve "the command line wins over what is stored" 'seven.wav: mid [0-9.]+%, ' \
	infer "$tmp/seven.wav" --classes bass,mid,treble
serve "eval uses what is stored" '^accuracy +100.00% \(12 right\)' \
	"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones" -q
"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones" -q --json "$tmp/a.json" >"$tmp/text"
"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones" -q --json "$tmp/b.json" \
	--audio "$audio,offset=2" >"$tmp/text"
holds "--audio takes the place of all that is stored" \
	sh -c "! cmp -s '$tmp/a.json' '$tmp/b.json' && grep -q digest '$tmp/b.json'"
serve "the model shipped for spoken digits names one" \
	'spoken.wav: (zero|one|two|three|four|five|six|seven|eight|nine) [0-9.]+%' \
	"$AXP" infer "$here/../../models/spoken/spoken.onnx" --backend fp32 --top 1 "$tmp/spoken.wav"

for m in "$here"/../../models/*/*.onnx; do
	serve "the shipped $(basename "$m") loads" '^outputs +10$' "$AXP" info "$m"
done

refuse "sound for a model that says nothing of it" 1 'seven.wav: is sound, but .*audio settings' \
	"$AXP" infer "$tmp/tones.onnx" --backend fp32 "$tmp/seven.wav"
resnet=$here/../../models/resnet8/resnet8.onnx spoken=$here/../../models/spoken/spoken.onnx
refuse "sound for a net of pictures" 1 'seven.wav: is sound, but the net has no audio settings' \
	"$AXP" infer "$resnet" --backend fp32 "$tmp/seven.wav"
refuse "a folder of it" 1 'tones: .*audio settings' \
	"$AXP" eval "$resnet" --backend fp32 --data "wav:$tmp/tones"
picture=$(find "$tmp/pictures" -name '*.pgm' | sort | head -n 1)
refuse "a picture for a net of sound" 1 '\.pgm: is no sound, WAV or FLAC, but the net takes sound' \
	"$AXP" infer "$spoken" --backend fp32 "$picture"
refuse "a folder of them" 1 'pictures: holds pictures, the net takes sound' \
	"$AXP" eval "$spoken" --backend fp32 --data "images:$tmp/pictures"
refuse "anything else for it" 1 't.onnx: is no sound' \
	"$AXP" infer "$spoken" --backend fp32 "$tmp/t.onnx"
refuse "another sample rate" 1 'fast.wav: 44100 samples per second, the net takes 4000' \
	infer "$tmp/fast.wav"
refuse "features of another shape" 1 'samples are 1x3x6, the net takes 1x4x6' \
	infer --audio "$(echo $audio | sed s/hop=500/hop=550/)" "$tmp/seven.wav"
refuse "an unknown setting" 2 "audio: 'colour=1' is not one" infer --audio mfcc,colour=1 "$tmp/seven.wav"
refuse "a value out of its range" 2 'audio: fft 100 is smaller' infer --audio mfcc,fft=100 "$tmp/seven.wav"
/usr/bin/python3 "$here/onnx.py" settings >"$tmp/settings.onnx"
refuse "damaged metadata" 1 'settings.onnx: metadata axp.input.audio: audio: fft 2' \
	"$AXP" infer "$tmp/settings.onnx" --backend fp32 "$tmp/seven.wav"
head -c 1000 "$tmp/seven.wav" >"$tmp/cut.wav"
refuse "cut sound" 1 'cut.wav: cut off' infer "$tmp/cut.wav"
: >"$tmp/empty.wav"
refuse "sound of 0 bytes" 1 'empty.wav: the file is empty' infer "$tmp/empty.wav"

# --- classes

mv "$tmp/tones/middle" "$tmp/middle"
refuse "a class folder is missing, names are known" 1 "the folder of class 'middle' is missing" \
	"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones"
refuse "a class folder is missing, names are not known" 1 '2 classes are there, the net has 3' \
	"$AXP" eval "$tmp/tones.onnx" --backend fp32 --data "wav:$tmp/tones" --audio $audio
mv "$tmp/middle" "$tmp/tones/center"
refuse "a folder of another name" 1 "'center' is not a class of the net" \
	"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones"
refuse "names for other outputs" 1 'classes: 2 names, the net has 3 outputs' \
	"$AXP" eval "$tmp/t.onnx" --backend soft --data "wav:$tmp/tones" --classes low,high

# --- pictures

serve "compile with pictures, cropped" '^conv1 +Conv' "$AXP" compile "$model" \
	--calib "images:$tmp/pictures" --image resize=none --organisation shared -o "$tmp/p.onnx"
serve "settings and folder names are stored" 'axp.input.image": "none,filter=bilinear,order=rgb,layout=nchw' \
	"$AXP" info --json - "$tmp/p.onnx"
serve "names of the folders too" 'axp.classes": "0,1,2,3,4,5,6,7,8,9"' "$AXP" info --json - "$tmp/p.onnx"
digest() { # NAME OPTION...
	d_name=$1
	shift
	"$AXP" eval "$tmp/p.onnx" --backend soft --no-reference -q --json "$tmp/$d_name.json" "$@" >"$tmp/text" &&
		grep -o '"digest": "[^"]*"' "$tmp/$d_name.json" >"$tmp/$d_name"
}
digest stored --data "images:$tmp/pictures"
digest given --data "images:$tmp/pictures" --image resize=none,layout=nchw
digest other --data "images:$tmp/pictures" --image resize=net
holds "what is stored is used" cmp "$tmp/stored" "$tmp/given"
holds "what is given wins" sh -c "! cmp -s '$tmp/stored' '$tmp/other'"
serve "a folder of pictures alone will do for calibration" '^conv1 +Conv' "$AXP" compile "$model" \
	--calib "images:$tmp/pictures/4" --image resize=none --organisation shared -o "$tmp/alone.onnx"
refuse "but not where labels are needed" 1 'pictures/4/.*: not a folder of a class' \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "images:$tmp/pictures/4" -q
refuse "pictures that are too small" 1 '5 x 6 pixels .* the net takes 8 x 8' \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "images:$tmp/pictures" --image resize=5
refuse "a layout that the net does not have" 1 'the net takes 1x8x8, pictures are' \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "images:$tmp/pictures" --image layout=nhwc
: >"$tmp/pictures/3/9.jpg"
refuse "a JPEG of 0 bytes" 1 'pictures/3/9.jpg: the file is empty' \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "images:$tmp/pictures" -q
refuse "a JPEG of 0 bytes in calibration" 1 'pictures/3/9.jpg: the file is empty' \
	"$AXP" compile "$model" --calib "images:$tmp/pictures" -q -o "$tmp/none.onnx"
rm -r "$tmp/pictures/3"
refuse "no folder of a digit" 1 "the folder of class '3' is missing" \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "images:$tmp/pictures" -q
mkdir "$tmp/nothing"
refuse "an empty folder" 1 'nothing: the folder holds no folder of a class' \
	"$AXP" compile "$model" --calib "images:$tmp/nothing" -q -o "$tmp/none.onnx"

# --- arrays

digest npz --scale 0.0625 --data "npz:$tmp/digits.npz,x,y"
digest csv --scale 0.0625 --data "csv:$tmp/digits.csv"
holds "an archive of arrays is as good as a CSV file" cmp "$tmp/npz" "$tmp/csv"
refuse "an array that is not there" 1 "digits.npz: no array 'labels'" \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "npz:$tmp/digits.npz,x,labels"
refuse "no labels where they are needed" 1 'has no labels, but they are needed' \
	"$AXP" eval "$tmp/p.onnx" --backend soft --data "npz:$tmp/digits.npz,x"

# --- a disk that fills: here, the limit of a file's size

cp "$tmp/p.onnx" "$tmp/full.onnx"
refuse "no room for the result" 1 'full.onnx: .*, the old file is left as it was' \
	sh -c "trap '' XFSZ; ulimit -f 8; exec \"\$@\"" sh "$AXP" compile "$model" \
	--calib "csv:$tmp/digits.csv" --organisation shared -q -o "$tmp/full.onnx"
holds "the old file is left as it was" cmp "$tmp/p.onnx" "$tmp/full.onnx"
holds "and nothing beside it" sh -c "[ \$(ls '$tmp' | grep -c full) -eq 1 ]"
done_testing
