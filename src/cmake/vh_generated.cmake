# Files the program writes about itself: manual page and completions are installed from the build; the copies in the
# repository (docs/manual/vhsup.1, docs/exit-status.md, presets/schema.json) are refreshed by the target `update`, and a test compares.
set(made ${PROJECT_BINARY_DIR}/generated)
function(vh_generated topic file)
  add_custom_command(OUTPUT ${made}/${file} COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND vhsup ${topic} > ${made}/${file} DEPENDS vhsup VERBATIM)
  set_property(GLOBAL APPEND PROPERTY VH_GENERATED ${made}/${file})
endfunction()
vh_generated("generate;man" vhsup.1)
vh_generated("generate;bash" vhsup.bash)
vh_generated("generate;zsh" _vhsup)
vh_generated("generate;fish" vhsup.fish)
vh_generated("generate;schema" schema.json)
vh_generated("help;exit-status" exit-status.md)
get_property(files GLOBAL PROPERTY VH_GENERATED)
add_custom_target(generated ALL DEPENDS ${files})
add_custom_target(update
  COMMAND ${CMAKE_COMMAND} -E copy ${made}/vhsup.1 ${PROJECT_SOURCE_DIR}/docs/manual/vhsup.1
  COMMAND ${CMAKE_COMMAND} -E copy ${made}/exit-status.md ${PROJECT_SOURCE_DIR}/docs/exit-status.md
  COMMAND ${CMAKE_COMMAND} -E copy ${made}/schema.json ${PROJECT_SOURCE_DIR}/presets/schema.json
  DEPENDS ${files} COMMENT "Refreshing the generated files in the repository")

install(FILES ${made}/vhsup.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/vhsup.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vhsup)
install(FILES ${made}/_vhsup DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${made}/vhsup.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${made}/schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/vhsup/presets)
