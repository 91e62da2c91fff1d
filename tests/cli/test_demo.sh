# demo: everything from nothing, nothing replaced unasked.
. "$LIB"
expect 0 demo --duration 0.4 --standard ntsc -o made
out_has 'before and after  *made/before-after.png'
is "$(ls made | tr '\n' ' ')" "before-after.png restored.mkv scene.mkv tape.json tape.mkv " "files"
is "$(ffprobe -v error -select_streams v -show_entries stream=width,height,field_order,r_frame_rate -of csv=p=0 made/tape.mkv)" \
  "720,480,bb,30000/1001" "tape"
is "$(ffprobe -v error -select_streams v -show_entries stream=width,height,field_order -of csv=p=0 made/scene.mkv)" \
  "720,480,progressive" "scene"
is "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 made/restored.mkv | sort | tr '\n' ' ')" "audio video " "restored"
is "$(ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 made/before-after.png)" "png,1032,776" "picture"
expect 4 demo -o made
err_has 'made/scene.mkv exists'
expect 4 demo -o out.txt/made
err_has 'cannot make the folder'
expect 2 demo --speed fast
expect 2 demo extra
only_files "made "
finish
