# Completion in a real zsh on a terminal of its own: prints what each line becomes when Tab is pressed at its end.
#   zsh -f press_tab.zsh FOLDER-OF-_sonde LINE...
zmodload zsh/zpty || exit 1
answer() { # mark: reads until it comes
    local part text=
    while zpty -r z part; do text+=$part; [[ $text == *"$1"* ]] && { REPLY=$text; return 0 }; done
    return 1
}
zpty z zsh -f -i
zpty -w z "PS1= PS2= RPS1=; unset zle_bracketed_paste; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D"
zpty -w z 'show() { print -r -- "[[$BUFFER]]"; zle kill-buffer; }; zle -N show; bindkey "^X" show; print -r REA""DY'
answer READY || exit 1
shift
for line; do
    zpty -n -w z "$line"$'\t\x18'
    answer ']]' || exit 1
    REPLY=${REPLY##*\[\[}
    print -r -- ${REPLY%%\]\]*}
done
zpty -d z
