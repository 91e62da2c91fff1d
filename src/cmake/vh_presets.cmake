# The files of presets/ as constants in the job layer, so that the binary works from anywhere; they are installed too, to be
# read and copied. Bytes are written as numbers: a file may hold anything.
file(GLOB presets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/*.json)
list(FILTER presets EXCLUDE REGEX "/schema\\.json$")
list(SORT presets)
set(arrays "")
set(rows "")
foreach(preset IN LISTS presets)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${preset})
  get_filename_component(name ${preset} NAME_WE)
  string(MAKE_C_IDENTIFIER ${name} symbol)
  file(READ ${preset} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "static const char text_${symbol}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", text_${symbol}},\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/preset_files.c @ONLY CONTENT
"/* Generated from presets/ by src/cmake/vh_presets.cmake. */
#include \"job/preset.h\"

@arrays@
static const struct vh_preset_file files[] = {
@rows@};

const struct vh_preset_file *vh_preset_files(int *n)
{
    *n = sizeof files / sizeof *files;
    return files;
}
")
target_sources(vh_job PRIVATE ${PROJECT_BINARY_DIR}/generated/preset_files.c)
install(FILES ${presets} DESTINATION ${CMAKE_INSTALL_DATADIR}/vhsup/presets)
