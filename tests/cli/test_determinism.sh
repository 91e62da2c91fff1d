# The frames and samples handed to the encoders are the same bits for any number of threads and any instruction set; with
# --bitexact and one encoder thread number the files are, too.
. "$LIB"
# A moving, noisy, interlaced scene with sound, so that motion, denoising and repair have work to do.
ffmpeg -v error -f lavfi -i "mandelbrot=s=360x288:r=50:maxiter=60,format=yuv420p,noise=alls=8:allf=t:all_seed=3" -f lavfi -i sine=d=0.6 \
  -t 0.6 -vf tinterlace=interleave_top,setfield=tff,setsar=32/15 -c:v ffv1 -flags +ilme+ildct -c:a pcm_s16le in.avi || fail "making in.avi"
run()
{
  name=$1
  shift
  expect 0 restore in.avi -o "$name.mkv" --encoder ffv1 --encoder-threads 1 --audio-codec flac --audio-gain -1 --height 360 \
    --bitexact --framemd5 "$name.md5" -q "$@"
  [ "$(grep -c -v '^#' "$name.md5")" -ge 30 ] || fail "$name.md5 has too few lines"
  cmp -s one.md5 "$name.md5" || fail "$name: other frames or samples than with one thread: $(diff one.md5 "$name.md5" | head -4)"
  cmp -s one.mkv "$name.mkv" || fail "$name: another file than with one thread"
}
run one --threads 1
run again --threads 1
run two --threads 2
run seven --threads 7
run plain --threads 3 --cpu c
"$VHSUP" restore in.avi -o x.mkv --cpu avx2 --dry-run >out.txt 2>err.txt && run avx2 --threads 2 --cpu avx2
# The hashes do tell a difference.
expect 0 restore in.avi -o other.mkv --encoder ffv1 --denoise-strength 0.5 --height 360 --framemd5 other.md5 -q --audio none
grep -q "$(sed -n '/^0,/{p;q}' one.md5 | sed 's/.*, *//')" other.md5 && fail "half the denoising gives the same first picture"
finish
