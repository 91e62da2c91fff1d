#!/bin/sh
# Prints the quality table of the deinterlacers: ours (through the whole program) beside libavfilter's in the same run,
# and QTGMC's recorded PSNR. docs/algorithms/motion.md explains the columns.
#
#   tests/quality/deinterlace.sh VHSUP [KIND...]        KIND: unfiltered filtered sigma4 sigma8 mpeg2 dv sp worn (default: first two)
#
# mpeg2 is the unfiltered source through MPEG-2 (interlaced tools, 6 Mbit/s), dv through DV (25 Mbit/s).
#
# CLIPS= is the folder of clips (default ../shared/clips beside the project), WORK= keeps intermediate files, METHODS=
# chooses rows, CLIP= clips, FLICKER=1 adds a table of flicker (vhsup compare: codes of the error that change per picture,
# and in percent how much more than the truth's pictures ours change). Needs ffmpeg. Per cell: PSNR-Y PSNR-U PSNR-V SSIM-Y; first and last 4 pictures left
# out; 8 px cropped all round (tapes: 24 left and right, 8 top, 24 bottom).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
vhsup=$1
shift
kinds=${*:-unfiltered filtered}
clips=${CLIPS:-$root/../shared/clips}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
names=${CLIP:-n1_walk n2_graffiti n3_geese p2_towers}
camera="convolution=0m='0 1 0 0 2 0 0 1 0':0rdiv=0.25:1m='0 1 0 0 2 0 0 1 0':1rdiv=0.25:2m='0 1 0 0 2 0 0 1 0':2rdiv=0.25"

parity() { case $1 in p*) echo tff ;; *) echo bff ;; esac; }
weave() { case $1 in p*) echo tinterlace=interleave_top,setfield=tff ;; *) echo tinterlace=interleave_bottom,setfield=bff ;; esac; }

# DV knows two shapes of frames and rates.
dv_shape() { case $1 in p*) echo fps=25,format=yuv420p ;; *) echo settb=1/30000,setpts=N*1001,scale=interl=1,format=yuv411p ;; esac; }

# The truth to score against, and the interlaced source: files are made once.
truth() {
    case $2 in
    filtered) [ -f "$work/$1.truth.mkv" ] || ffmpeg -v error -i "$clips/truth/$1.mkv" -vf "$camera" -c:v ffv1 "$work/$1.truth.mkv"
        echo "$work/$1.truth.mkv" ;;
    *) echo "$clips/truth/$1.mkv" ;;
    esac
}
source_of() {
    case $2 in sp | worn) echo "$clips/tape/$1_$2.mkv"; return ;; esac
    out=$work/$1.$2.mkv
    if [ ! -f "$out" ]; then
        case $2 in
        sigma*) "$vhsup" simulate "$(truth "$1" unfiltered)" -o "$out" -y --tape-speed clean --tape-noise "${2#sigma}" --tape-noise-bandwidth 0 --no-sound >/dev/null 2>&1 ;;
        mpeg2) ffmpeg -v error -i "$(truth "$1" unfiltered)" -vf "$(weave "$1")" -c:v mpeg2video -flags +ildct+ilme \
            -b:v 6M -maxrate 9M -bufsize 2M -g 15 -bf 2 "$out" ;;
        dv) ffmpeg -v error -i "$(truth "$1" unfiltered)" -vf "$(weave "$1"),$(dv_shape "$1")" -c:v dvvideo "$out" ;;
        *) ffmpeg -v error -i "$(truth "$1" "$2")" -vf "$(weave "$1")" -c:v ffv1 "$out" ;;
        esac
    fi
    echo "$out"
}

# Prints "Y U V SSIM" of a filter chain or file against the truth.
score() { # file, chain, truth, kind
    case $4 in sp | worn) crop="crop=iw-48:ih-32:24:8" ;; *) crop="crop=iw-16:ih-16:8:8" ;; esac
    last=$(($(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$3" | tr -d ,) - 4))
    ffmpeg -v info -nostats -i "$1" -i "$3" -filter_complex "[0:v]${2:+$2,}settb=1/25,setpts=N,format=yuv420p,trim=start_frame=4:end_frame=$last,$crop,split[a][b];
        [1:v]settb=1/25,setpts=N,format=yuv420p,trim=start_frame=4:end_frame=$last,$crop,split[c][d];[a][c]psnr=shortest=1[p];[b][d]ssim=shortest=1[q]" \
        -map '[p]' -map '[q]' -f null - 2>&1 | awk '
        /PSNR/ { for (i = 1; i <= NF; i++) { if ($i ~ /^y:/) y = substr($i, 3); if ($i ~ /^u:/) u = substr($i, 3); if ($i ~ /^v:/) v = substr($i, 3) } }
        /SSIM/ { for (i = 1; i <= NF; i++) if ($i ~ /^Y:/) s = substr($i, 3) }
        END { printf "%.2f %.2f %.2f %.4f", y, u, v, s }'
}

ours() { # source, clip, kind
    "$vhsup" restore "$1" -o "$work/ours.mkv" -y --preset none --deinterlace motion --denoise auto --field-order "$(parity "$2")" --encoder ffv1 ${OPTIONS:-} >/dev/null 2>"$work/log" ||
        { cat "$work/log" >&2; exit 1; }
    score "$work/ours.mkv" "" "$(truth "$2" "$3")" "$3"
}

# "flicker (change beyond the truth's)" of a file or a chain's pictures against the truth.
flicker() { # file, chain, truth
    test=$1
    if [ -n "$2" ]; then
        test=$work/flicker.mkv
        ffmpeg -v error -y -i "$1" -vf "$2,format=yuv420p" -c:v ffv1 "$test"
    fi
    "$vhsup" compare "$3" "$test" --crop 8:8:8:8 --json --offset 0 2>/dev/null | tr ',{}' '\n\n\n' | awk -F': *' '
        /"flicker"/ { f = $2 } /"change_a"/ { a = $2 } /"change_b"/ { b = $2 } END { printf "%.2f (%+.0f %%)", f, 100 * (b / a - 1) }'
}

chain() { # method, clip
    p=$(parity "$2")
    case $1 in
    bwdif | yadif) echo "$1=mode=send_field:parity=$p" ;;
    w3fdif) echo "w3fdif=deint=all:parity=$p" ;;
    bwdif+hqdn3d) echo "bwdif=mode=send_field:parity=$p,hqdn3d" ;;
    bwdif+nlmeans) echo "bwdif=mode=send_field:parity=$p,nlmeans=s=3:p=7:r=9" ;;
    esac
}

recorded() { # QTGMC release 33, best of Fast, Slow, Slower (and + MDegrain2 on tapes): PSNR-Y
    case $2 in
    unfiltered) set -- "$1" 33.66 34.82 37.82 35.85 ;;
    filtered) set -- "$1" 39.70 41.01 44.58 41.45 ;;
    sp) set -- "$1" 28.02 25.67 34.70 26.80 ;;
    worn) set -- "$1" 26.47 24.52 32.71 24.87 ;;
    *) echo - && return ;;
    esac
    case $1 in n1*) echo "$2" ;; n2*) echo "$3" ;; n3*) echo "$4" ;; *) echo "$5" ;; esac
}

for kind in $kinds; do
    case $kind in unfiltered | filtered) methods="bwdif yadif w3fdif" ;; *) methods="bwdif bwdif+hqdn3d bwdif+nlmeans" ;; esac
    printf '\n### %s\n\n| method |' "$kind"
    for c in $names; do printf ' %s |' "$c"; done
    printf '\n|---|'
    for c in $names; do printf -- '---|'; done
    for m in ${METHODS:-$methods} ours; do
        printf '\n| %s |' "$m"
        for c in $names; do
            src=$(source_of "$c" "$kind")
            if [ "$m" = ours ]; then
                printf ' %s |' "$(ours "$src" "$c" "$kind")"
            else
                printf ' %s |' "$(score "$src" "$(chain "$m" "$c")" "$(truth "$c" "$kind")" "$kind")"
            fi
        done
    done
    printf '\n| QTGMC (recorded) |'
    for c in $names; do printf ' %s |' "$(recorded "$c" "$kind")"; done
    printf '\n'
    [ -n "${FLICKER:-}" ] || continue
    printf '\nflicker, %s\n\n| method |' "$kind"
    for c in $names; do printf ' %s |' "$c"; done
    printf '\n|---|'
    for c in $names; do printf -- '---|'; done
    for m in bwdif ours; do
        printf '\n| %s |' "$m"
        for c in $names; do
            src=$(source_of "$c" "$kind")
            if [ "$m" = ours ]; then
                ours "$src" "$c" "$kind" >/dev/null
                printf ' %s |' "$(flicker "$work/ours.mkv" "" "$(truth "$c" "$kind")")"
            else
                printf ' %s |' "$(flicker "$src" "$(chain "$m" "$c")" "$(truth "$c" "$kind")")"
            fi
        done
    done
    printf '\n'
done
