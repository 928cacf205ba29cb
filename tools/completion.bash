# bash completion for quenched
_quenched() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word
    local commands='list show check run theory simulate report compare connectome export gp reference version help'
    local run_options='-o --output --quick --set --threads --seed --json --strict --reproducible --resume --memory-limit --time-limit --limit --plan --spikes --no-figures'
    local connectome_options='-o --output --quick --set --seed --threads --memory-limit --json --reproducible --no-figures --index-base --drop-self-loops --drop-silent --rescale --keep-mean --deflate --noise --controls --simulate'
    local studies
    COMPREPLY=()

    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in -*) ;; *) command=$word; break ;; esac
    done
    if [ -z "$command" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
        return
    fi

    case $previous in
    -o | --output)
        compopt -o nospace
        mapfile -t COMPREPLY < <(compgen -d -S / -- "$current")
        return
        ;;
    --spikes)
        mapfile -t COMPREPLY < <(compgen -W 'sonata npy both none' -- "$current")
        return
        ;;
    --to)
        mapfile -t COMPREPLY < <(compgen -W 'nest' -- "$current")
        return
        ;;
    --set | --threads | --seed | --memory-limit | --time-limit | --limit | --index-base | --rescale | --noise) return ;;
    esac

    case $command:$current in
    run:-* | theory:-* | simulate:-*) mapfile -t COMPREPLY < <(compgen -W "$run_options" -- "$current") ;;
    check:-*) mapfile -t COMPREPLY < <(compgen -W '--set --seed' -- "$current") ;;
    report:-*) mapfile -t COMPREPLY < <(compgen -W '-o --output --json --strict --no-figures' -- "$current") ;;
    compare:-*) mapfile -t COMPREPLY < <(compgen -W '--strict' -- "$current") ;;
    connectome:-*) mapfile -t COMPREPLY < <(compgen -W "$connectome_options" -- "$current") ;;
    export:-*) mapfile -t COMPREPLY < <(compgen -W '--to -o --output --quick --set --seed' -- "$current") ;;
    gp:-*) mapfile -t COMPREPLY < <(compgen -W '-o --output --quick --set --seed --threads --memory-limit' -- "$current") ;;
    help:*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    run:* | theory:* | simulate:* | export:* | show:* | check:*)
        studies=$("${COMP_WORDS[0]}" list 2>/dev/null | awk '/^[a-z]/ { print $1 }')
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -W "$studies" -- "$current"; compgen -d -- "$current"; compgen -f -X '!*.yaml' -- "$current")
        ;;
    gp:*)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.@(yaml|npy|csv)' -- "$current")
        ;;
    connectome:*)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.@(npy|npz|mtx|csv)' -- "$current")
        ;;
    report:* | compare:*)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.nc' -- "$current")
        ;;
    esac
}
complete -F _quenched quenched
