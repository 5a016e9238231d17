complete -c pgrun -s h -l help -d 'Print help'
complete -c pgrun -s V -l version -d 'Print version'
